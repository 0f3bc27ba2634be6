const NEWLINE = 0x0a;

/**
 * Output of one stream on its way out. Line buffered: held until there is a newline, then all of it goes, a partial last line too; what is
 * longer than `limit` bytes goes without waiting for one. Unbuffered: goes as it comes.
 */
export class OutputBuffer {
  #held: Buffer[] = [];
  #size = 0;
  readonly #lineBuffered: boolean;
  readonly #limit: number;
  readonly #emit: (data: Buffer) => void;

  constructor({ lineBuffered, limit }: { lineBuffered: boolean; limit: number }, emit: (data: Buffer) => void) {
    this.#lineBuffered = lineBuffered;
    this.#limit = limit;
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#size += chunk.length;
    if (!this.#lineBuffered || this.#size >= this.#limit || chunk.includes(NEWLINE)) this.flush();
  }

  flush(): void {
    if (this.#size === 0) return;
    const data = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    this.#held = [];
    this.#size = 0;
    this.#emit(data);
  }
}
