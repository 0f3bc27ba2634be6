import { type BlobHash, blobrefOf, FluxError, isBlobref } from 'flux';
import { type BackingStore, checkKeyName } from '../_content-backing';
import type { Bucket } from './bucket';

/** Blobs as objects named by their references, checkpoints as objects named by their keys (docs/protocol/content.md §4.3). */
export class S3Store implements BackingStore {
  readonly #bucket: Bucket;
  readonly #hash: BlobHash;

  constructor(bucket: Bucket, hash: BlobHash) {
    this.#bucket = bucket;
    this.#hash = hash;
  }

  async load(ref: string): Promise<Buffer> {
    if (!isBlobref(ref)) throw new FluxError('EPROTO', 'invalid blobref');
    return this.#bucket.get(ref);
  }

  async store(blob: Buffer): Promise<string> {
    const ref = blobrefOf(blob, this.#hash);
    await this.#bucket.put(ref, blob);
    return ref;
  }

  async getCheckpoint(key: string): Promise<string> {
    checkKeyName(key, 'invalid key');
    return (await this.#bucket.get(key)).toString();
  }

  async putCheckpoint(key: string, value: string): Promise<void> {
    checkKeyName(key, 'invalid key');
    await this.#bucket.put(key, Buffer.from(value));
  }
}
