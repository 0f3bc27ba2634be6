import { waitForJob } from '../../../core/client/job-control';
import { f58 } from '../../../core/formats/f58';
import type { Flux } from '../../../core/handle/flux';
import { isErrno } from '../../../core/sys/errors';
import type { Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';

export const wait: Subcommand = {
  name: 'wait',
  usage: '[--all] [id]',
  summary: 'Wait for job(s) to complete.',
  options: [
    { name: 'all', key: 'a', help: 'Wait for all (waitable) jobs' },
    { name: 'verbose', key: 'v', help: 'Emit a line of output for all jobs, not just failing ones' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0, 1);
    const [name] = opts.args;
    if (opts.has('all') && name !== undefined) throw new CommandError('jobid not supported with --all: Invalid argument');
    const id = name === undefined ? undefined : jobIdArgument(name);
    return withFlux(ctx, (flux) => (opts.has('all') ? waitForAll(ctx, flux, opts.has('verbose')) : waitForOne(ctx, flux, id)));
  },
};

async function waitForOne(ctx: CommandContext, flux: Flux, wanted: bigint | undefined): Promise<number> {
  const { id, success, errstr } = await waitForJob(flux, wanted);
  if (wanted === undefined) ctx.stdout.write(`${f58(id, ctx.env)}\n`);
  if (!success) throw new CommandError(errstr);
  return 0;
}

async function waitForAll(ctx: CommandContext, flux: Flux, verbose: boolean): Promise<number> {
  for (let code = 0; ; ) {
    try {
      const { id, success, errstr } = await waitForJob(flux);
      if (!success) {
        ctx.stderr.write(`${f58(id, ctx.env)}: ${errstr}\n`);
        code = 1;
      } else if (verbose) ctx.stderr.write(`${f58(id, ctx.env)}: job completed successfully\n`);
    } catch (e) {
      if (isErrno(e, 'ECHILD')) return code; // no more jobs
      throw e;
    }
  }
}
