import fs from 'node:fs';
import { signals } from '../core/sys/signals';
import { writeFully } from '../core/sys/write-fully';
import type { Output } from './command';

/** Status that a shell shows for a program that died of SIGPIPE. */
const DIED_OF_SIGPIPE = 128 + signals.SIGPIPE;

/**
 * A descriptor that is written synchronously: what a command prints is out when write() returns, and in order. When the reader of a pipe is gone the
 * process ends at once and without a word, unless it is to outlive it: a C tool dies of SIGPIPE, which Node ignores.
 */
export class FdOutput implements Output {
  readonly #fd: number;
  #tty: boolean | undefined;
  #outlives = false;

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

  outlive(): void {
    this.#outlives = true;
  }

  write(data: string | Uint8Array): void {
    if (!writeFully(this.#fd, data) && !this.#outlives) process.exit(DIED_OF_SIGPIPE);
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
