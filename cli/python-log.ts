import { parseInt10 } from './args/python';
import type { CommandContext } from './command';

const WARNING = 30;
const DEFAULT_THRESHOLD = 20;

/** A warning of a Python command, unless FLUX_PYCLI_LOGLEVEL asks for worse only (docs/protocol/cli.md §1.2). */
export function warn(ctx: CommandContext, text: string): void {
  const threshold = parseInt10(ctx.env['FLUX_PYCLI_LOGLEVEL'] ?? '') ?? DEFAULT_THRESHOLD;
  if (threshold <= WARNING) ctx.stderr.write(`${ctx.prog}: WARNING: ${text}\n`);
}
