/** Finds the slot of a job id in a growing column of ids: a hash table of slot numbers, four bytes each, open addressing. */
export class IdIndex {
  readonly #idOf: (slot: number) => bigint;
  #slots = new Uint32Array(1024); // slot + 1; 0 is free
  #count = 0;

  constructor(idOf: (slot: number) => bigint) {
    this.#idOf = idOf;
  }

  find(id: bigint): number | undefined {
    const entry = this.#slots[this.#position(id)]!;
    return entry === 0 ? undefined : entry - 1;
  }

  /** Adds an id that is in `slot` now. */
  set(id: bigint, slot: number): void {
    if (2 * (this.#count + 1) > this.#slots.length) this.#grow();
    const position = this.#position(id);
    if (this.#slots[position] === 0) this.#count++;
    this.#slots[position] = slot + 1;
  }

  /** Two ids exchange their slots; to be told before they do. */
  swap(a: bigint, b: bigint): void {
    const [atA, atB] = [this.#position(a), this.#position(b)];
    const slot = this.#slots[atA]!;
    this.#slots[atA] = this.#slots[atB]!;
    this.#slots[atB] = slot;
  }

  /** All again: ids have changed their slots, which are those from 0 to `count`. */
  rebuild(count: number): void {
    this.#slots.fill(0);
    this.#count = 0;
    for (let slot = 0; slot < count; slot++) this.set(this.#idOf(slot), slot);
  }

  // Of the id, or of the free entry where it belongs.
  #position(id: bigint): number {
    const mask = this.#slots.length - 1;
    let position = hash(id) & mask;
    for (let entry = this.#slots[position]!; entry !== 0 && this.#idOf(entry - 1) !== id; entry = this.#slots[position]!)
      position = (position + 1) & mask;
    return position;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(2 * old.length);
    for (const entry of old) if (entry !== 0) this.#slots[this.#position(this.#idOf(entry - 1))] = entry;
  }
}

// Ids differ in their milliseconds (upper 40 bits) and in their sequence (lower 10).
function hash(id: bigint): number {
  const low = Number(id & 0xffffffffn);
  const high = Number(id >> 32n) | 0;
  return Math.imul(low ^ Math.imul(high, 0x85ebca6b) ^ (low >>> 15), 0xc2b2ae35) >>> 7;
}
