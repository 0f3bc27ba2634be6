import type { Flux } from '../../core/handle/flux';
import { isErrno } from '../../core/sys/errors';
import { getopt, type OptionSpec, type Options, type Subcommand } from '../args/getopt';
import { type CommandContext, CommandError, defineCommand, failedText } from '../command';
import { withFlux } from '../connect';

interface AllocState {
  enable: boolean;
  reason: string;
  queue_length: number;
  alloc_pending: number;
  free_pending: number;
  running: number;
}

interface SubmitState {
  enable: boolean;
  reason: string;
}

const verbose: OptionSpec = { name: 'verbose', key: 'v', help: 'Show counts of the scheduler interface' };
const quiet: OptionSpec = { name: 'quiet', key: 'q', help: 'Say only what is necessary' };
const timeout: OptionSpec = { name: 'timeout', key: 't', arg: 'DURATION', help: 'Give up after DURATION' };

/** flux-queue(1); all output is on stderr (contract/cli.md §13). */
export default defineCommand({
  name: 'queue',
  summary: 'Enable, stop and drain the queue',
  examples: [['Wait until no job is active', 'flux queue drain']],
  run: getopt({
    usage: '[OPTIONS] COMMAND ARGS',
    heading: 'Common commands from flux-queue:',
    silent: 'both',
    helpStatus: 1,
    subcommands: [
      { name: 'enable', summary: 'Enable job submission', run: (ctx, opts) => setSubmission(ctx, opts, true) },
      {
        name: 'disable',
        usage: '[OPTIONS] message ...',
        summary: 'Disable job submission',
        run: (ctx, opts) => setSubmission(ctx, opts, false),
      },
      { name: 'start', summary: 'Start scheduling', options: [verbose, quiet], run: (ctx, opts) => setScheduling(ctx, opts, true) },
      {
        name: 'stop',
        usage: '[OPTIONS] message ...',
        summary: 'Stop scheduling',
        options: [verbose, quiet],
        run: (ctx, opts) => setScheduling(ctx, opts, false),
      },
      { name: 'status', summary: 'Get queue status', options: [verbose], run: status },
      { name: 'drain', summary: 'Wait for queue to become empty', options: [timeout], run: drain },
      { name: 'idle', summary: 'Wait for queue to become idle', options: [timeout, quiet], run: idle },
    ] satisfies Subcommand[],
  }),
});

const say = (ctx: CommandContext, text: string) => ctx.stderr.write(`${ctx.prog}: ${text}\n`);

function ask<T>(flux: Flux, method: string, payload: object): Promise<T> {
  return flux.rpc<T>(`job-manager.${method}`, payload).catch((e) => Promise.reject(failedText(method, e)));
}

async function setSubmission(ctx: CommandContext, opts: Options, enable: boolean): Promise<void> {
  const reason = opts.args.join(' ');
  if (enable && opts.args.length > 0) throw opts.usageError();
  if (!enable && reason === '') throw new CommandError('submit: reason is required for disable');
  await withFlux(ctx, async (flux) =>
    showSubmission(ctx, await ask<SubmitState>(flux, 'submit-admin', { query_only: false, enable, reason })),
  );
}

async function setScheduling(ctx: CommandContext, opts: Options, enable: boolean): Promise<void> {
  if (enable && opts.args.length > 0) throw opts.usageError();
  await withFlux(ctx, async (flux) => {
    const state = await ask<AllocState>(flux, 'alloc-admin', { query_only: false, enable, reason: opts.args.join(' ') });
    if (!opts.has('quiet')) showScheduling(ctx, state, opts.has('verbose'));
  });
}

async function status(ctx: CommandContext, opts: Options): Promise<void> {
  opts.expectArgs(0);
  const query = { query_only: true, enable: false, reason: '' };
  await withFlux(ctx, async (flux) => {
    showSubmission(ctx, await ask<SubmitState>(flux, 'submit-admin', query));
    showScheduling(ctx, await ask<AllocState>(flux, 'alloc-admin', query), opts.has('verbose'));
  });
}

async function drain(ctx: CommandContext, opts: Options): Promise<void> {
  opts.expectArgs(0);
  await withFlux(ctx, (flux) => wait(flux, 'drain', opts));
}

async function idle(ctx: CommandContext, opts: Options): Promise<void> {
  opts.expectArgs(0);
  await withFlux(ctx, async (flux) => {
    const { pending } = await wait<{ pending: number }>(flux, 'idle', opts);
    if (pending > 0 || !opts.has('quiet')) say(ctx, `${pending} pending jobs`);
  });
}

async function wait<T>(flux: Flux, method: string, opts: Options): Promise<T> {
  const seconds = opts.duration('timeout', 0);
  try {
    return await flux.rpc<T>(`job-manager.${method}`, undefined, seconds > 0 ? { timeout: seconds * 1000 } : {});
  } catch (e) {
    if (isErrno(e, 'ETIMEDOUT')) throw new CommandError(`${method}: timeout`);
    throw failedText(method, e);
  }
}

function showSubmission(ctx: CommandContext, { enable, reason }: SubmitState): void {
  say(ctx, enable ? 'Job submission is enabled' : `Job submission is disabled: ${reason}`);
}

function showScheduling(ctx: CommandContext, state: AllocState, counts: boolean): void {
  say(ctx, state.enable ? 'Scheduling is enabled' : `Scheduling is disabled${state.reason ? `: ${state.reason}` : ''}`);
  if (!counts) return;
  say(ctx, `${state.queue_length} alloc requests queued`);
  say(ctx, `${state.alloc_pending} alloc requests pending to scheduler`);
  say(ctx, `${state.free_pending} free requests pending to scheduler`);
  say(ctx, `${state.running} running jobs`);
}
