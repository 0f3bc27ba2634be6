import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { type CommandContext, CommandError } from '../../command';
import type { StartPlan } from './options';

/** Finds the first executable flux-broker of FLUX_EXEC_PATH. */
export function brokerPath(ctx: CommandContext): () => string {
  return () => {
    const execPath = ctx.env['FLUX_EXEC_PATH'];
    if (execPath === undefined) throw new CommandError('FLUX_EXEC_PATH is not set');
    for (const dir of execPath.split(':')) {
      const file = path.join(dir, 'flux-broker');
      if (isExecutable(file)) return file;
    }
    throw new CommandError(`Could not locate broker in ${execPath}`);
  };
}

/** Replaces this process by the broker. */
export async function becomeBroker(ctx: CommandContext, plan: StartPlan): Promise<number> {
  const argv = [...plan.wrap, plan.broker, ...plan.brokerOptions, ...plan.command];
  if (plan.verbose >= 1) ctx.stderr.write(`flux-start: ${argv.join(' ')}\n`);
  return plan.noexec ? 0 : ctx.exec(argv[0]!, argv);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
