import type { Output } from './command';

/** Keeps what a command writes, for one that shows or reads it. */
export class MemoryOutput implements Output {
  readonly isTTY = false;
  text = '';

  write(data: string | Uint8Array): void {
    this.text += typeof data === 'string' ? data : Buffer.from(data).toString();
  }
}
