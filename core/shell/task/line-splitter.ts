const NEWLINE = 0x0a;

/**
 * Cuts what a task prints into chunks: a chunk per line, newline included. With `lines` the last one waits for its newline or the end; without,
 * what there is goes at once. A line that grows to `limit` bytes goes in pieces.
 */
export class LineSplitter {
  #held: Buffer[] = [];
  #size = 0;

  constructor(
    readonly lines: boolean,
    readonly limit: number,
  ) {}

  /** Chunks that are complete with this data. */
  *push(data: Buffer): Generator<Buffer> {
    for (let start = 0; start < data.length; ) {
      const newline = data.indexOf(NEWLINE, start);
      const end = Math.min(newline < 0 ? data.length : newline + 1, start + this.limit - this.#size);
      this.#hold(data.subarray(start, end));
      if (end === newline + 1 || this.#size >= this.limit) yield this.#take();
      start = end;
    }
    if (!this.lines && this.#size > 0) yield this.#take();
  }

  /** The rest at the end of the data, a line without newline; undefined if nothing is left. */
  end(): Buffer | undefined {
    return this.#size > 0 ? this.#take() : undefined;
  }

  #hold(data: Buffer): void {
    this.#held.push(data);
    this.#size += data.length;
  }

  #take(): Buffer {
    const data = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
    this.#held = [];
    this.#size = 0;
    return data;
  }
}
