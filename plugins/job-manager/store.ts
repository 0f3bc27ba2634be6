import { type Flux, jobIdFromJson, Kvs } from 'flux';
import { decodeJsonObject } from 'flux/internal';
import type { Append } from './batch';

const CHECKPOINT = 'checkpoint.job-manager';

/** An entry of a directory in the KVS. */
export interface StoreEntry {
  name: string;
  isDirectory: boolean;
}

/** What the job manager keeps in the KVS: eventlogs, and a checkpoint. */
export class JobStore {
  readonly #kvs: Kvs;

  constructor(flux: Flux) {
    this.#kvs = new Kvs(flux);
  }

  /** Appends to several keys in one transaction. */
  async append(appends: readonly Append[]): Promise<void> {
    const transaction = this.#kvs.transaction();
    for (const { key, text } of appends) transaction.append(key, text);
    await this.#kvs.commit(transaction);
  }

  /** The value of a key. ENOENT. */
  read(key: string): Promise<string> {
    return this.#kvs.getText(key);
  }

  /** The entries of a directory, sorted; none if there is no such directory. */
  async list(key: string): Promise<StoreEntry[]> {
    const directory = await this.#kvs.find(key, 'dir');
    return Object.entries(directory?.dir.data ?? {})
      .map(([name, { type }]) => ({ name, isDirectory: type === 'dirref' || type === 'dir' }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Moves a directory to where nobody looks for jobs, and gives its new key. */
  async setAside(key: string): Promise<string> {
    const aside = `lost+found.${key}`;
    await this.#kvs.move(key, aside);
    return aside;
  }

  async writeCheckpoint(maxJobId: bigint): Promise<void> {
    await this.#kvs.putJson(CHECKPOINT, { max_jobid: maxJobId });
  }

  /** The highest job id of an earlier run; undefined without a checkpoint. */
  async readCheckpoint(): Promise<bigint | undefined> {
    const text = (await this.#kvs.find(CHECKPOINT))?.text;
    return text === undefined ? undefined : jobIdFromJson(decodeJsonObject(text)['max_jobid']);
  }
}
