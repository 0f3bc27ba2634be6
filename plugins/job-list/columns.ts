/** The numbers of finished jobs, a typed array each: id, when it ended, whose it was, its result, and where its text is. */
export class Columns {
  id = new BigUint64Array(1024);
  /** Seconds since the epoch. */
  ended = new Float64Array(1024);
  userid = new Uint32Array(1024);
  result = new Uint8Array(1024);
  chunk = new Uint32Array(1024);
  offset = new Uint32Array(1024);
  bytes = new Uint32Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** A new slot at the end. */
  add(): number {
    if (this.#count === this.id.length) this.#rebuild(this.#slots(), 2 * this.#count);
    return this.#count++;
  }

  /** Exchanges what stands in two slots. */
  swap(a: number, b: number): void {
    for (const column of [this.ended, this.userid, this.result, this.chunk, this.offset, this.bytes]) {
      const value = column[a]!;
      column[a] = column[b]!;
      column[b] = value;
    }
    const id = this.id[a]!;
    this.id[a] = this.id[b]!;
    this.id[b] = id;
  }

  /** Slots in the order of their end; equal ones keep theirs. */
  sortByEnd(): void {
    const order = this.#slots().sort((a, b) => this.ended[a]! - this.ended[b]! || a - b);
    this.#rebuild(order, this.id.length);
  }

  #slots(): number[] {
    return Array.from({ length: this.#count }, (_, slot) => slot);
  }

  #rebuild(order: readonly number[], capacity: number): void {
    const { id } = this;
    this.id = new BigUint64Array(capacity);
    for (const [to, from] of order.entries()) this.id[to] = id[from]!;
    this.ended = reordered(this.ended, new Float64Array(capacity), order);
    this.userid = reordered(this.userid, new Uint32Array(capacity), order);
    this.result = reordered(this.result, new Uint8Array(capacity), order);
    this.chunk = reordered(this.chunk, new Uint32Array(capacity), order);
    this.offset = reordered(this.offset, new Uint32Array(capacity), order);
    this.bytes = reordered(this.bytes, new Uint32Array(capacity), order);
  }
}

function reordered<T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T, order: readonly number[]): T {
  for (const [slot, source] of order.entries()) to[slot] = from[source]!;
  return to;
}
