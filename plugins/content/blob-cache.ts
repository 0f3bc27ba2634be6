import type { ContentStats } from 'flux/internal';

/** A blob in the cache. */
export interface Entry {
  readonly ref: string;
  readonly blob: Buffer;
  /** The store behind doesn't have it yet: it must not be dropped. */
  dirty: boolean;
  /** Milliseconds on the cache's clock. */
  lastUsed: number;
}

/** Blobs by reference, in the order of their last use. */
export class BlobCache {
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  #size = 0;
  #dirty = 0;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The entry of a reference; asking for it is a use. */
  get(ref: string): Entry | undefined {
    const entry = this.#entries.get(ref);
    if (entry) this.#use(entry);
    return entry;
  }

  add(ref: string, blob: Buffer, dirty: boolean): Entry {
    const known = this.get(ref);
    if (known) return known;
    const entry = { ref, blob: ownCopy(blob), dirty, lastUsed: this.#now() };
    this.#entries.set(ref, entry);
    this.#size += blob.length;
    if (dirty) this.#dirty++;
    return entry;
  }

  /** The store behind has it now. */
  clean(entry: Entry): void {
    if (!entry.dirty) return;
    entry.dirty = false;
    this.#dirty--;
    this.#use(entry);
  }

  get dirtyCount(): number {
    return this.#dirty;
  }

  *dirtyEntries(): Generator<Entry> {
    if (this.#dirty > 0) for (const entry of this.#entries.values()) if (entry.dirty) yield entry;
  }

  /** Drops clean entries not used for `idleSeconds`, the longest unused first, until no more than `targetSize` bytes are left. */
  purge(targetSize: number, idleSeconds: number): void {
    const before = this.#now() - idleSeconds * 1000;
    for (const entry of this.#entries.values()) {
      if (this.#size <= targetSize || entry.lastUsed > before) break;
      if (!entry.dirty) this.#remove(entry);
    }
  }

  /** Drops every clean entry; how many. */
  drop(): number {
    const before = this.#entries.size;
    for (const entry of this.#entries.values()) if (!entry.dirty) this.#remove(entry);
    return before - this.#entries.size;
  }

  get stats(): Omit<ContentStats, 'flush-batch-count'> {
    return { count: this.#entries.size, valid: this.#entries.size, dirty: this.#dirty, size: this.#size };
  }

  #use(entry: Entry): void {
    entry.lastUsed = this.#now();
    this.#entries.delete(entry.ref);
    this.#entries.set(entry.ref, entry);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.ref);
    this.#size -= entry.blob.length;
  }
}

const WASTE_LIMIT = 65536;

/** A blob that was cut out of a big read must not keep all of that in memory. */
function ownCopy(blob: Buffer): Buffer {
  const held = blob.buffer.byteLength;
  return held > WASTE_LIMIT && held > 2 * blob.length ? Buffer.from(blob) : blob;
}
