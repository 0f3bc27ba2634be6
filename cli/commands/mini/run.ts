import type { CommandContext } from '../../command';
import { becomeAttach, submitOne } from './attached';
import type { MiniOptions } from './options';

/** `flux mini run`: submits a job and attaches to it. */
export async function run(ctx: CommandContext, options: MiniOptions): Promise<number> {
  const id = await submitOne(ctx, options, options.command);
  if (id === undefined) return 0;
  if (options.verbose > 0) ctx.stderr.write(`jobid: ${id}\n`);
  const args: string[] = [];
  if (options.labelIo) args.push('--label-io');
  if (options.verbose > 1) args.push('--show-events');
  if (options.verbose > 2) args.push('--show-exec');
  if (options.debugEmulate) args.push('--debug-emulate');
  return becomeAttach(ctx, [...args, id]);
}
