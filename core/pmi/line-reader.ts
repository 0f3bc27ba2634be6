import { FluxError } from '../sys/errors';
import { MAX_LINE } from './wire';

const NEWLINE = 0x0a;

/** Puts chunks of bytes together to lines, given without their newline. A line beyond the protocol's length is EPROTO. */
export class LineReader {
  #held: Buffer = Buffer.alloc(0);
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    let data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
      this.#check(end);
      const line = data.toString('utf8', 0, end);
      data = data.subarray(end + 1);
      this.#held = data;
      this.#onLine(line);
    }
    this.#check(data.length);
    this.#held = data;
  }

  #check(length: number): void {
    if (length >= MAX_LINE) throw new FluxError('EPROTO');
  }
}
