/** What stands behind a cache: the parent's content service, or the backing store. */
export interface Upstream {
  /** ENOENT: there is no such blob. */
  load(ref: string): Promise<Buffer>;
  /** Resolves with the reference when the blob is there. */
  store(blob: Buffer): Promise<string>;
}
