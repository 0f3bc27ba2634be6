import { blobrefOf, type ContentSettings, type ContentStats, FluxError } from 'flux';
import type { BlobCache } from './blob-cache';
import { type ContentStore, Shared, type Upstream } from './store';

/** The cache of a rank above 0 (contract: content.md, 2.1): loads what it misses from the parent, stores through to it. */
export class FollowerStore implements ContentStore {
  readonly #cache: BlobCache;
  readonly #parent: Upstream;
  readonly #settings: Readonly<ContentSettings>;
  readonly #loads = new Shared<Buffer>();
  readonly #stores = new Shared<string>();

  constructor(cache: BlobCache, parent: Upstream, settings: Readonly<ContentSettings>) {
    this.#cache = cache;
    this.#parent = parent;
    this.#settings = settings;
  }

  async load(ref: string): Promise<Buffer> {
    const entry = this.#cache.get(ref);
    if (entry) return entry.blob;
    return this.#loads.run(ref, async () => this.#cache.add(ref, await this.#parent.load(ref), false).blob);
  }

  async store(blob: Buffer): Promise<string> {
    if (blob.length > this.#settings.blobSizeLimit) throw new FluxError('EFBIG');
    const ref = blobrefOf(blob, this.#settings.hash);
    const entry = this.#cache.get(ref);
    if (entry && !entry.dirty) return ref;
    return this.#storeThrough(ref, blob);
  }

  /** Stores again what the parent refused, and fails as it does. */
  async flush(): Promise<void> {
    const stores = [...this.#cache.dirtyEntries()].map(({ ref, blob }) => this.#storeThrough(ref, blob));
    await Promise.all(stores);
  }

  get stats(): ContentStats {
    return { ...this.#cache.stats, 'flush-batch-count': this.#stores.size };
  }

  /** Until the parent has it the entry is dirty; if it refuses the blob it stays so. */
  #storeThrough(ref: string, blob: Buffer): Promise<string> {
    return this.#stores.run(ref, async () => {
      const entry = this.#cache.add(ref, blob, true);
      const stored = await this.#parent.store(blob);
      if (stored !== ref) throw new FluxError('EIO', `blob stored as ${stored}, expected ${ref}`);
      this.#cache.clean(entry);
      return ref;
    });
  }
}
