import { type CommandContext, CommandError } from '../../command';
import { becomeAttach, type OwnAttributes, submitOne } from './attached';
import type { MiniOptions } from './options';

/** `flux mini alloc`: submits a job that is an instance, and attaches to it. */
export async function alloc(ctx: CommandContext, options: MiniOptions): Promise<number> {
  requireSlots(options);
  const attributes: OwnAttributes = [
    ['system.shell.options.per-resource.type', 'node'],
    ...(ctx.isTTY(0) ? [['system.shell.options.pty', true] as const] : []),
  ];
  const id = await submitOne(ctx, options, ['flux', 'broker', ...options.brokerOpts, ...options.command], attributes);
  if (id === undefined) return 0;
  if (options.verbose > 0) ctx.stderr.write(`jobid: ${id}\n`);
  return becomeAttach(ctx, [id]);
}

/** -n of batch and alloc has no default. */
export function requireSlots({ ntasks }: MiniOptions): void {
  if (!ntasks) throw new CommandError('Number of slots to allocate must be specified');
}
