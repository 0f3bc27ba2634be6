import fs from 'node:fs';
import type { Output } from './command';

/** Status that a shell shows for a program that died of SIGPIPE. */
const DIED_OF_SIGPIPE = 128 + 13;

/**
 * A descriptor that is written synchronously: what a command prints is out when write() returns, and in order. When the reader of a pipe is gone the
 * process ends at once and without a word: a C tool dies of SIGPIPE, which Node ignores.
 */
export class FdOutput implements Output {
  readonly #fd: number;
  #tty: boolean | undefined;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get isTTY(): boolean {
    this.#tty ??= isTerminal(this.#fd);
    return this.#tty;
  }

  get columns(): number | undefined {
    return this.isTTY ? (this.#fd === 2 ? process.stderr : process.stdout).columns : undefined;
  }

  write(data: string | Uint8Array): void {
    let rest = typeof data === 'string' ? Buffer.from(data) : data;
    while (rest.length > 0) rest = rest.subarray(this.#writeSome(rest));
  }

  #writeSome(data: Uint8Array): number {
    try {
      return fs.writeSync(this.#fd, data);
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(DIED_OF_SIGPIPE);
      // The reader is slow and somebody has made the descriptor non-blocking: wait as a blocking write would.
      if (code !== 'EAGAIN') throw e;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      return 0;
    }
  }
}

/** isatty(3), without loading node:tty (2 ms) for what is no character device. */
export function isTerminal(fd: number): boolean {
  try {
    if (!fs.fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false; // closed
  }
  return (require('node:tty') as typeof import('node:tty')).isatty(fd);
}
