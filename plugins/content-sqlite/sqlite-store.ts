import { type BlobHash, blobrefOf, FluxError } from 'flux';
import { parseBlobref } from 'flux/internal';
import type { BackingStore } from '../_content-backing';
import { type ContentDatabase, digestOf } from './database';
import { encodeBlob } from './encoding';
import { GroupCommit } from './group-commit';

/** Blobs and checkpoints in a content database. */
export class SqliteStore implements BackingStore {
  readonly #database: ContentDatabase;
  readonly #commits: GroupCommit;
  readonly #hash: BlobHash;
  readonly #onForeign: (ref: string) => void;

  /** `onForeign` hears of references that no database can know. */
  constructor(database: ContentDatabase, hash: BlobHash, onForeign: (ref: string) => void) {
    this.#database = database;
    this.#commits = new GroupCommit(database);
    this.#hash = hash;
    this.#onForeign = onForeign;
  }

  async load(ref: string): Promise<Buffer> {
    const digest = digestOf(ref);
    if (!digest) {
      this.#onForeign(ref);
      throw new FluxError('ENOENT');
    }
    this.#commits.flush();
    return this.#database.load(digest);
  }

  store(blob: Buffer): Promise<string> {
    const ref = blobrefOf(blob, this.#hash);
    const { digest } = parseBlobref(ref);
    const encoded = encodeBlob(blob);
    return this.#commits.add(() => {
      this.#database.store(digest, encoded);
      return ref;
    });
  }

  async getCheckpoint(key: string): Promise<string> {
    this.#commits.flush();
    return this.#database.getCheckpoint(key);
  }

  putCheckpoint(key: string, value: string): Promise<void> {
    if (key === '') return Promise.reject(new FluxError('EINVAL'));
    return this.#commits.add(() => this.#database.putCheckpoint(key, value));
  }

  /** Commits what waits, and closes the file when that is answered. */
  async close(): Promise<void> {
    this.#commits.flush();
    await new Promise(setImmediate);
    this.#database.close();
  }
}
