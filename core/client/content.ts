import { type BlobHash, isBlobref } from '../formats/blobref';
import type { Flux, RpcOptions } from '../handle';
import type { ReceivedFrom } from '../protocol';
import { content, contentDurabilities } from '../protocol/content';
import { contentBacking } from '../protocol/content-backing';
import { FluxError } from '../sys/errors';

/** Statistics of one rank's content cache, and whether it is being written out. */
export type ContentStats = ReceivedFrom<typeof content.statsGet>;

/** Which cache or store of the instance is asked. */
export interface ContentOptions {
  /** Ask rank 0's backing store, past all caches (CONTENT_FLAG_CACHE_BYPASS). Owner only. */
  bypassCache?: boolean;
  /** Ask the parent's cache, past the own one (CONTENT_FLAG_UPSTREAM). */
  upstream?: boolean;
}

/** The content-addressed store of an instance: blobs by their hash (flux-content(1), flux_content_load(3), flux_content_store(3)). */
export class Content {
  readonly #flux: Flux;
  readonly #service: typeof content | typeof contentBacking;
  readonly #rpc: RpcOptions;

  constructor(flux: Flux, { bypassCache = false, upstream = false }: ContentOptions = {}) {
    this.#flux = flux;
    this.#service = bypassCache ? contentBacking : content;
    this.#rpc = bypassCache ? { nodeid: 0 } : upstream ? { nodeid: 'upstream' } : {};
  }

  /** The blob of a reference. EINVAL: no blobref; ENOENT: nobody has it. */
  async load(ref: string): Promise<Buffer> {
    if (!isBlobref(ref)) throw new FluxError('EINVAL');
    return this.#flux.call(this.#service.load, ref, this.#rpc);
  }

  /** Stores a blob; its reference. EFBIG: longer than content.blob-size-limit. From then on any rank can load it. */
  async store(blob: Buffer): Promise<string> {
    const ref = await this.#flux.call(this.#service.store, blob, this.#rpc);
    if (!isBlobref(ref)) throw new FluxError('EPROTO');
    return ref;
  }

  /** Resolves when the local cache has nothing left that the store behind doesn't have. ENOSYS: there is no store behind. Owner only. */
  async flush(): Promise<void> {
    await this.#flux.call(content.flush);
  }

  /** Drops from the local cache all that can be loaded again. Owner only. */
  async dropcache(): Promise<void> {
    await this.#flux.call(content.dropcache);
  }

  /** Owner only. */
  async stats(): Promise<ContentStats> {
    return this.#flux.call(content.statsGet);
  }
}

/** One of contentDurabilities. */
export type ContentDurability = (typeof contentDurabilities)[number];

/** Whether a text, such as an option's value, is one of contentDurabilities. */
export function isContentDurability(text: unknown): text is ContentDurability {
  return contentDurabilities.includes(text as ContentDurability);
}

/** Values of the attributes `content.*` (docs/protocol/content.md §3). Sizes in bytes, times in seconds. */
export interface ContentSettings {
  hash: BlobHash;
  blobSizeLimit: number;
  flushBatchLimit: number;
  purgeTargetSize: number;
  purgeOldEntry: number;
}
