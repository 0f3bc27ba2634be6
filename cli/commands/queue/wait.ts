import { drainQueue, idleQueue } from '../../../core/client/queue';
import { isErrno } from '../../../core/sys/errors';
import type { OptionSpec, Options, Subcommand } from '../../args/getopt';
import { CommandError } from '../../command';
import { withFlux } from '../../connect';
import { naming } from './naming';

const timeout: OptionSpec = { name: 'timeout', key: 't', arg: 'DURATION', help: 'timeout after DURATION' };
const quiet: OptionSpec = { name: 'quiet', key: 'q', help: 'Only display pending job count if nonzero' };

export const drain: Subcommand = {
  name: 'drain',
  summary: 'Wait for queue to become empty.',
  options: [timeout],
  run: (ctx, opts) => {
    const limit = limitOf(opts);
    opts.expectArgs(0);
    return withFlux(ctx, (flux) => withinLimit('drain', drainQueue(flux, limit)));
  },
};

export const idle: Subcommand = {
  name: 'idle',
  summary: 'Wait for queue to become idle.',
  options: [timeout, quiet],
  run: (ctx, opts) => {
    const limit = limitOf(opts);
    opts.expectArgs(0);
    return withFlux(ctx, async (flux) => {
      const pending = await withinLimit('idle', idleQueue(flux, limit));
      if (pending > 0 || !opts.has('quiet')) ctx.stderr.write(`${ctx.prog}: ${pending} pending jobs\n`);
    });
  },
};

/** For an RPC, in milliseconds; without the option it waits for ever. */
function limitOf(opts: Options): { timeout?: number } {
  const seconds = opts.duration('timeout');
  return seconds === undefined ? {} : { timeout: seconds * 1000 };
}

async function withinLimit<T>(what: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (e) {
    if (isErrno(e, 'ETIMEDOUT')) throw new CommandError(`${what}: timeout`, 1, { cause: e });
    return naming(what, Promise.reject(e));
  }
}
