import { spawnProcess } from '../../core/sys/spawn';
import type { CommandContext } from '../command';

/** Shows a text through $PAGER (default less, which leaves a short text on the screen). */
export async function pageText(ctx: CommandContext, text: string): Promise<number> {
  const pager = ctx.env['PAGER'] || 'less -FRX 2>/dev/null || cat';
  const child = spawnProcess({ argv: ['/bin/sh', '-c', pager], env: ctx.env, stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin!.on('error', () => {}); // the reader has quit: EPIPE is no error here
  child.stdin!.end(text);
  await child.exited;
  return 0;
}
