import type { ReadStream } from 'node:tty';
import type { Terminal } from '../core/terminus/terminal';
import type { CommandContext } from './command';

/** The terminal that the command was started on, for a session on a remote one. */
export function localTerminal(ctx: CommandContext): Terminal {
  const { stdin } = ctx;
  const raw = () => {
    (stdin as ReadStream).setRawMode(true);
    return () => void (stdin as ReadStream).setRawMode(false);
  };
  return {
    input: stdin,
    write: (data) => ctx.stdout.write(data),
    size: windowSize,
    onResize: (handler) => ctx.onSignal('SIGWINCH', handler),
    ...(ctx.isTTY(0) ? { raw } : {}),
    onError: (e) => ctx.stderr.write(`${ctx.prog}: pty: ${e.message}\r\n`),
  };
}

/** Size of our terminal; at least 1×1, also where there is none. */
function windowSize(): { rows: number; cols: number } {
  const terminal = [process.stdout, process.stderr].find((stream) => stream.isTTY);
  const [cols = 1, rows = 1] = terminal?.getWindowSize() ?? [];
  return { rows: Math.max(rows, 1), cols: Math.max(cols, 1) };
}
