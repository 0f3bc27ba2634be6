import { blobrefOf, FluxError, isErrno } from 'flux';
import type { ContentSettings, ContentStats } from 'flux/internal';
import type { BlobCache } from './blob-cache';
import { Shared } from './shared';
import type { Upstream } from './upstream';
import { WriteQueue } from './write-queue';

/** When a store is acknowledged: at once, or when the store behind has the blob. */
export type StoreRule = 'write-back' | 'write-through';

export interface ContentStoreOptions {
  cache: BlobCache;
  settings: Readonly<ContentSettings>;
  /** Hears of writes that fail, of the first in a row. */
  onWriteError?: (e: FluxError) => void;
  /** Asks who keeps blobs back that are on their way here (the KVS); undefined: nobody has it. */
  borrow?: (ref: string) => Promise<Buffer | undefined>;
}

/**
 * The content service of one rank: a cache over what stands behind it (docs/protocol/content.md §2.1). Without anything behind, it is the only keeper
 * of all blobs.
 */
export class ContentStore {
  readonly #cache: BlobCache;
  readonly #settings: Readonly<ContentSettings>;
  readonly #loads = new Shared<Buffer>();
  readonly #writes: WriteQueue;
  readonly #borrow: NonNullable<ContentStoreOptions['borrow']>;
  #upstream: Upstream | undefined;
  #rule: StoreRule = 'write-back';

  constructor({ cache, settings, onWriteError = () => {}, borrow = () => Promise.resolve(undefined) }: ContentStoreOptions) {
    this.#borrow = borrow;
    this.#cache = cache;
    this.#settings = settings;
    this.#writes = new WriteQueue({
      limit: () => settings.flushBatchLimit,
      onWritten: (entry) => cache.clean(entry),
      onError: onWriteError,
    });
  }

  /** Starts writing to a store behind all that it can't have yet. */
  connect(upstream: Upstream, rule: StoreRule): void {
    this.#upstream = upstream;
    this.#rule = rule;
    this.#writes.connect(upstream);
    for (const entry of this.#cache.dirtyEntries()) void this.#writes.write(entry);
  }

  /** Stops writing. The number of blobs that nobody else has. */
  disconnect(): number {
    this.#upstream = undefined;
    this.#writes.disconnect();
    return this.#cache.dirtyCount;
  }

  /** ENOENT: nobody has it. */
  async load(ref: string): Promise<Buffer> {
    const entry = this.#cache.get(ref);
    if (entry) return entry.blob;
    return this.#loads.run(ref, () => this.#loadAnew(ref));
  }

  /** Resolves with the reference when any rank can load the blob. EFBIG: too long; otherwise what the store behind refused it with. */
  async store(blob: Buffer): Promise<string> {
    if (blob.length > this.#settings.blobSizeLimit) throw new FluxError('EFBIG');
    const ref = blobrefOf(blob, this.#settings.hash);
    const known = this.#cache.get(ref);
    if (known && !known.dirty) return ref;
    const entry = known ?? this.#cache.add(ref, blob, true);
    if (!this.#upstream) return ref;
    const written = this.#writes.write(entry);
    if (this.#rule === 'write-through') await written;
    return ref;
  }

  /** Resolves when all that is dirty now is written. ENOSYS: there is nothing behind; otherwise what a write failed with. */
  async flush(): Promise<void> {
    if (this.#cache.dirtyCount === 0) return;
    if (!this.#upstream) throw new FluxError('ENOSYS');
    await Promise.all([...this.#cache.dirtyEntries()].map((entry) => this.#writes.write(entry)));
  }

  /** Writes again what the store behind has refused, so that its troubles end with their cause. */
  retry(): void {
    if (this.#upstream) for (const entry of this.#cache.dirtyEntries()) this.#writes.retry(entry);
  }

  get stats(): ContentStats {
    const { count, ...stats } = this.#cache.stats;
    return { count: count + this.#loads.size, ...stats, 'flush-batch-count': this.#writes.inFlight };
  }

  /** A failure is not remembered. Whoever stored the blob meanwhile has answered the question as well. */
  async #loadAnew(ref: string): Promise<Buffer> {
    try {
      if (!this.#upstream) throw new FluxError('ENOENT');
      return this.#cache.add(ref, await this.#upstream.load(ref), false).blob;
    } catch (e) {
      const stored = this.#cache.get(ref);
      if (stored) return stored.blob;
      const lent = isErrno(e, 'ENOENT') ? await this.#borrow(ref) : undefined;
      if (!lent) throw e;
      await this.store(lent);
      return lent;
    }
  }
}
