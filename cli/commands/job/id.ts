import { showsF58 } from '../../../core/formats/f58';
import { encodeJobId, parseJobId } from '../../../core/formats/fluid';
import { isErrno } from '../../../core/sys/errors';
import type { Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError } from '../../command';
import { readStdin } from '../../stdin';

export const id: Subcommand = {
  name: 'id',
  usage: '[OPTIONS] [id ...]',
  summary: 'Convert jobid(s) to another form',
  options: [{ name: 'to', key: 't', arg: 'dec|kvs|hex|dothex|words|f58', help: 'Convert jobid to specified form' }],
  run: async (ctx, opts) => {
    const to = opts.str('to') ?? 'dec';
    const count = await eachId(ctx, opts, (jobid) => encoded(ctx, jobid, to));
    return count > 0 ? 0 : 1;
  },
};

export const namespace: Subcommand = {
  name: 'namespace',
  usage: '[id ...]',
  summary: 'Convert job ids to job guest kvs namespace names',
  run: async (ctx, opts) => {
    await eachId(ctx, opts, (jobid) => `job-${jobid}`);
  },
};

/** Prints a line for each id, which are arguments or lines of standard input; returns how many there were. */
async function eachId(ctx: CommandContext, opts: Options, line: (id: bigint) => string): Promise<number> {
  const words =
    opts.args.length > 0
      ? opts.args
      : (await readStdin(ctx))
          .toString()
          .split('\n')
          .map((text) => text.trim())
          .filter(Boolean);
  for (const word of words) ctx.stdout.write(`${line(parse(word))}\n`);
  return words.length;
}

function parse(word: string): bigint {
  try {
    return parseJobId(word);
  } catch (e) {
    throw new CommandError(`${word}: malformed input`, 1, { cause: e });
  }
}

function encoded(ctx: CommandContext, jobid: bigint, to: string): string {
  try {
    return encodeJobId(jobid, to, { ascii: !showsF58(ctx.env) });
  } catch (e) {
    throw isErrno(e, 'EPROTO') ? new CommandError(`Unknown to=${to}`, 1, { cause: e }) : e;
  }
}
