import { type BlobHash, FluxError } from 'flux';
import { Directory } from './tree/directory';

/** Where blobs come from: the content service of this rank. */
export interface BlobSource {
  load(ref: string): Promise<Buffer>;
}

/** Directories that are at hand without being decoded, though not in the cache. */
export type DirectorySource = (ref: string) => Directory | undefined;

interface Entry {
  blob?: Buffer;
  directory?: Directory;
  loading?: Promise<Buffer>;
  /** Milliseconds on the cache's clock. */
  lastUsed: number;
}

/** Sizes of the cached objects, in bytes, and what happened. */
export interface CacheStats {
  sizes: number[];
  incomplete: number;
  faults: number;
}

/**
 * Objects of the tree by reference, decoded. All of them are in the content store too, so any can be dropped. Failed loads are not
 * remembered.
 */
export class ObjectCache {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  #faults = 0;
  /** Where what is not here is loaded from. */
  source: BlobSource;
  /** Asked before the source. */
  atHand: DirectorySource = () => undefined;

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(
    source: BlobSource,
    readonly hash: BlobHash,
    now: () => number,
  ) {
    this.source = source;
    this.#now = now;
  }

  has(ref: string): boolean {
    const entry = this.#entries.get(ref);
    return entry?.directory !== undefined || entry?.blob !== undefined;
  }

  /** A stored directory, at once if it is here. ENOTRECOVERABLE: the blob is no directory; else what the load fails with. */
  directory(ref: string): Directory | Promise<Directory> {
    const entry = this.#use(ref);
    if (entry?.directory) return entry.directory;
    const directory = this.atHand(ref);
    if (!directory) return this.#decode(ref);
    this.addDirectory(ref, directory);
    return directory;
  }

  /** A stored value, at once if it is here. */
  value(ref: string): Buffer | Promise<Buffer> {
    return this.#use(ref)?.blob ?? this.#load(ref);
  }

  addDirectory(ref: string, directory: Directory): void {
    this.#entry(ref).directory = directory;
  }

  addValue(ref: string, blob: Buffer): void {
    this.#entry(ref).blob = blob;
  }

  delete(ref: string): void {
    this.#entries.delete(ref);
  }

  /** Drops what was not used for `idle` milliseconds, but for what is to be kept; how many. */
  expire(idle: number, keep: (ref: string) => boolean): number {
    const before = this.#entries.size;
    const oldest = this.#now() - idle;
    for (const [ref, entry] of this.#entries) {
      if (entry.lastUsed <= oldest && !entry.loading && !keep(ref)) this.#entries.delete(ref);
    }
    return before - this.#entries.size;
  }

  get size(): number {
    return this.#entries.size;
  }

  get stats(): CacheStats {
    const entries = [...this.#entries.values()];
    return {
      sizes: entries.filter(({ loading }) => !loading).map(sizeOf),
      incomplete: entries.filter(({ loading }) => loading).length,
      faults: this.#faults,
    };
  }

  clearFaults(): void {
    this.#faults = 0;
  }

  #use(ref: string): Entry | undefined {
    const entry = this.#entries.get(ref);
    if (entry) entry.lastUsed = this.#now();
    return entry;
  }

  #entry(ref: string): Entry {
    const known = this.#use(ref);
    if (known) return known;
    const entry: Entry = { lastUsed: this.#now() };
    this.#entries.set(ref, entry);
    return entry;
  }

  async #decode(ref: string): Promise<Directory> {
    const blob = await this.value(ref);
    const entry = this.#entry(ref);
    try {
      entry.directory ??= Directory.decode(blob);
    } catch (e) {
      throw new FluxError('ENOTRECOVERABLE', undefined, { cause: e });
    }
    delete entry.blob;
    return entry.directory;
  }

  #load(ref: string): Promise<Buffer> {
    const entry = this.#entry(ref);
    entry.loading ??= this.#fault(ref, entry);
    return entry.loading;
  }

  async #fault(ref: string, entry: Entry): Promise<Buffer> {
    this.#faults++;
    try {
      entry.blob = await this.source.load(ref);
      return entry.blob;
    } catch (e) {
      if (!entry.directory) this.#entries.delete(ref);
      throw e;
    } finally {
      delete entry.loading;
    }
  }
}

function sizeOf({ blob, directory }: Entry): number {
  return blob?.length ?? directory?.length ?? 0;
}
