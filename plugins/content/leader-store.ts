import { blobrefOf, type ContentSettings, type ContentStats, FluxError, isErrno, toFluxError } from 'flux';
import type { BlobCache, Entry } from './blob-cache';
import { type ContentStore, Shared, type Upstream } from './store';

interface FlushWaiter {
  resolve: () => void;
  reject: (e: FluxError) => void;
}

/**
 * The content store of rank 0 (contract: content.md, 2.1): answers stores at once and writes them to the backing store behind, if there is one; without one it
 * is the only keeper of all blobs.
 */
export class LeaderStore implements ContentStore {
  readonly #cache: BlobCache;
  readonly #settings: Readonly<ContentSettings>;
  readonly #onStoreError: (e: FluxError) => void;
  readonly #loads = new Shared<Buffer>();
  #backing: Upstream | undefined;
  /** Dirty entries in the order in which they are to be written, and those on their way. */
  readonly #queue = new Set<Entry>();
  readonly #inFlight = new Set<Entry>();
  readonly #flushes: FlushWaiter[] = [];
  /** Why the last store failed, as long as its entry is dirty. */
  #failure: FluxError | undefined;

  constructor(
    cache: BlobCache,
    settings: Readonly<ContentSettings>,
    onStoreError: (e: FluxError) => void,
    borrow: LeaderStore['borrow'] = () => Promise.resolve(undefined),
  ) {
    this.borrow = borrow;
    this.#cache = cache;
    this.#settings = settings;
    this.#onStoreError = onStoreError;
  }

  /** Asks who keeps blobs back that are on their way here (the KVS); undefined: nobody has it. */
  readonly borrow: (ref: string) => Promise<Buffer | undefined>;

  get backed(): boolean {
    return this.#backing !== undefined;
  }

  /** Starts writing to a backing store all that it can't have yet; undefined: stops writing. The number of blobs that nobody else has. */
  setBacking(backing: Upstream | undefined): number {
    this.#backing = backing;
    if (!backing) this.#queue.clear();
    this.#writeOut();
    return this.#cache.dirtyCount;
  }

  async load(ref: string): Promise<Buffer> {
    const entry = this.#cache.get(ref);
    if (entry) return entry.blob;
    return this.#loads.run(ref, async () => {
      const stored = await this.#loadFrom(this.#backing, ref);
      if (stored) return this.#cache.add(ref, stored, false).blob;
      const borrowed = await this.borrow(ref);
      if (!borrowed) throw new FluxError('ENOENT');
      await this.store(borrowed);
      return borrowed;
    });
  }

  async store(blob: Buffer): Promise<string> {
    if (blob.length > this.#settings.blobSizeLimit) throw new FluxError('EFBIG');
    const ref = blobrefOf(blob, this.#settings.hash);
    if (this.#cache.get(ref)) return ref;
    const entry = this.#cache.add(ref, blob, true);
    if (this.#backing) {
      this.#queue.add(entry);
      this.#pump();
    }
    return ref;
  }

  async flush(): Promise<void> {
    if (this.#cache.dirtyCount === 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#flushes.push({ resolve, reject });
      this.#writeOut();
    });
  }

  get stats(): ContentStats {
    return { ...this.#cache.stats, 'flush-batch-count': this.#inFlight.size };
  }

  /** Undefined: the backing store doesn't have it, or there is none. */
  async #loadFrom(backing: Upstream | undefined, ref: string): Promise<Buffer | undefined> {
    try {
      return await backing?.load(ref);
    } catch (e) {
      if (isErrno(e, 'ENOSYS') || isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  }

  /** Queues every dirty entry that is not on its way. */
  #writeOut(): void {
    this.#failure = undefined;
    if (this.#backing) for (const entry of this.#cache.dirtyEntries()) if (!this.#inFlight.has(entry)) this.#queue.add(entry);
    this.#pump();
  }

  #pump(): void {
    const backing = this.#backing;
    if (backing) {
      for (const entry of this.#queue) {
        if (this.#inFlight.size >= this.#settings.flushBatchLimit) break;
        this.#queue.delete(entry);
        this.#inFlight.add(entry);
        void this.#write(backing, entry);
      }
    }
    if (this.#inFlight.size === 0 && this.#flushes.length > 0) this.#settleFlushes();
  }

  async #write(backing: Upstream, entry: Entry): Promise<void> {
    try {
      const stored = await backing.store(entry.blob);
      if (stored !== entry.ref) throw new FluxError('EIO', `blob stored as ${stored}, expected ${entry.ref}`);
      this.#cache.clean(entry);
    } catch (e) {
      this.#failure = toFluxError(e);
      this.#onStoreError(this.#failure);
    } finally {
      this.#inFlight.delete(entry);
      this.#pump();
    }
  }

  /** Nothing is on its way any more: what is dirty now stays so. */
  #settleFlushes(): void {
    const error = this.#cache.dirtyCount === 0 ? undefined : (this.#failure ?? new FluxError('ENOSYS'));
    for (const { resolve, reject } of this.#flushes.splice(0)) {
      if (error) reject(error);
      else resolve();
    }
  }
}
