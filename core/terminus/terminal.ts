import type { Readable } from 'node:stream';
import { type FluxError, isErrno } from '../sys/errors';
import type { WindowSize } from '../sys/pty';
import type { PtyClient } from './client';
import type { SessionExit } from './protocol';
import { TypedText } from './typed-text';

const DETACH_KEY = 0x1c; // Ctrl-\

/** The user's side of an attached session. */
export interface Terminal {
  /** Input that the user types. */
  input: Readable;
  /** Shows output. */
  write(data: string): void;
  size(): WindowSize;
  /** Calls `handler` when the size has changed; the result ends that. */
  onResize(handler: () => void): () => void;
  /** Makes every key come as it is typed; the result undoes it. Absent where input is no terminal. */
  raw?(): () => void;
  /** Told of a request that failed while the session goes on. */
  onError(error: FluxError): void;
}

/**
 * Connects a terminal to a session until it ends, or until Ctrl-\ is the first byte of what is typed (detach): `flux job attach`, `flux terminus attach`. At
 * the end says why on the last line of the screen. ECONNRESET: the connection is lost.
 */
export async function runTerminal(client: PtyClient, terminal: Terminal): Promise<SessionExit> {
  const undoRaw = terminal.raw?.();
  const report = (e: unknown): void => {
    if (!isErrno(e, 'ENOENT') && !isErrno(e, 'ENOSYS') && !isErrno(e, 'ECONNRESET')) terminal.onError(e as FluxError); // else: it has just ended
  };
  const typed = new TypedText();
  const type = (chunk: Buffer): void => {
    if (chunk[0] === DETACH_KEY) {
      client.detach().catch(report);
      return;
    }
    try {
      const data = typed.decode(chunk);
      if (data) client.write(data).catch(report);
    } catch (e) {
      report(e);
    }
  };
  const resize = (): void => void client.resize(terminal.size()).catch(report);
  const undoResize = terminal.onResize(resize);
  terminal.input.on('data', type);
  try {
    const exit = await client.run((data) => terminal.write(data), resize);
    terminal.write(`\x1b[999H[detached: ${exit.message}]\x1b[K\n\r`);
    return exit;
  } finally {
    terminal.input.off('data', type);
    terminal.input.pause();
    undoResize();
    if (undoRaw) {
      undoRaw();
      terminal.write('\x1b[?25h'); // the program may have hidden the cursor
    }
  }
}
