import fs from 'node:fs/promises';
import path from 'node:path';
import { type BlobHash, blobrefOf, FluxError, isBlobref, isErrno, toFluxError } from 'flux';
import { type BackingStore, checkKeyName } from '../_content-backing';

/** flux-core builds paths in a buffer of this many bytes, with a NUL. */
const MAX_PATH = 1024;
/** What files that are being written are named with; they have their name when they are whole. */
const UNFINISHED = '.unfinished-';

/** A folder with a file for each blob, named by its reference, and one for each checkpoint, named by its key (docs/protocol/content.md §4.2). */
export class FileStore implements BackingStore {
  readonly #folder: string;
  readonly #hash: BlobHash;
  #written = 0;

  private constructor(folder: string, hash: BlobHash) {
    this.#folder = folder;
    this.#hash = hash;
  }

  /** Makes the folder if there is none, and clears away what a broker that was killed has left half written. */
  static async open(folder: string, hash: BlobHash): Promise<FileStore> {
    await fs.mkdir(folder, { mode: 0o700 }).catch((e) => (isErrno(e, 'EEXIST') ? undefined : Promise.reject(e)));
    for (const name of await fs.readdir(folder)) if (name.startsWith(UNFINISHED)) await fs.rm(path.join(folder, name));
    return new FileStore(folder, hash);
  }

  async load(ref: string): Promise<Buffer> {
    if (!isBlobref(ref)) throw new FluxError('EPROTO', 'invalid blobref');
    return this.#read(ref);
  }

  async store(blob: Buffer): Promise<string> {
    const ref = blobrefOf(blob, this.#hash);
    if (!(await this.#has(ref))) await this.#write(ref, blob);
    return ref;
  }

  async getCheckpoint(key: string): Promise<string> {
    checkKeyName(key, 'invalid key name');
    return (await this.#read(key)).toString();
  }

  async putCheckpoint(key: string, value: string): Promise<void> {
    checkKeyName(key, 'invalid key');
    await this.#write(key, Buffer.from(value));
  }

  async #read(name: string): Promise<Buffer> {
    const file = this.#pathOf(name);
    try {
      return await fs.readFile(file);
    } catch (e) {
      throw toFluxError(e);
    }
  }

  async #has(name: string): Promise<boolean> {
    try {
      return (await fs.stat(this.#pathOf(name))).isFile();
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return false;
      throw toFluxError(e);
    }
  }

  /** Readers see the old file or the new one, never a part of it. */
  async #write(name: string, content: Buffer): Promise<void> {
    const file = this.#pathOf(name);
    const unfinished = path.join(this.#folder, `${UNFINISHED}${this.#written++}`);
    try {
      await fs.writeFile(unfinished, content, { flag: 'wx' });
      await fs.rename(unfinished, file);
    } catch (e) {
      await fs.rm(unfinished, { force: true });
      throw toFluxError(e);
    }
  }

  #pathOf(name: string): string {
    const file = path.join(this.#folder, name);
    if (Buffer.byteLength(file) >= MAX_PATH) throw new FluxError('EOVERFLOW', 'key name too long for internal buffer');
    return file;
  }
}
