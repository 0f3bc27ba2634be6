import { decodeJsonObject, type Flux, FluxError, isErrno, isJsonObject, jobIdFromJson } from 'flux';
import type { Append } from './batch';

const APPEND = 32;
const READDIR = 1;
const CHECKPOINT = 'checkpoint.job-manager';

/** What a directory in the KVS holds: names, and whether each is a directory itself. */
export type Directory = { name: string; isDirectory: boolean }[];

/** What the job manager keeps in the KVS: eventlogs, and a checkpoint. */
export class JobStore {
  readonly #flux: Flux;

  constructor(flux: Flux) {
    this.#flux = flux;
  }

  /** Appends to several keys in one transaction. */
  async append(appends: readonly Append[]): Promise<void> {
    await this.#commit(appends.map(({ key, text }) => ({ key, flags: APPEND, dirent: valueObject(text) })));
  }

  /** The value of a key. ENOENT. */
  async read(key: string): Promise<string> {
    const { data } = await this.#lookup(key, 0);
    if (typeof data !== 'string') throw new FluxError('EPROTO');
    return Buffer.from(data, 'base64').toString('utf8');
  }

  /** The entries of a directory, sorted; undefined if there is none. */
  async list(key: string): Promise<Directory | undefined> {
    try {
      const { data } = await this.#lookup(key, READDIR);
      if (!isJsonObject(data)) throw new FluxError('EPROTO');
      const names = Object.keys(data).sort();
      return names.map((name) => ({ name, isDirectory: isDirectory(data[name]) }));
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  }

  async writeCheckpoint(maxJobId: bigint): Promise<void> {
    await this.#commit([{ key: CHECKPOINT, flags: 0, dirent: valueObject(`{"max_jobid":${maxJobId}}`) }]);
  }

  /** The highest job id of an earlier run; undefined without a checkpoint. */
  async readCheckpoint(): Promise<bigint | undefined> {
    try {
      return jobIdFromJson(decodeJsonObject(await this.read(CHECKPOINT))['max_jobid']);
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  }

  async #commit(ops: object[]): Promise<void> {
    await this.#flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops });
  }

  async #lookup(key: string, flags: number): Promise<{ data?: unknown }> {
    const { val } = await this.#flux.rpc<{ val: { data?: unknown } }>('kvs.lookup', { key, flags, namespace: 'primary' });
    return val;
  }
}

function valueObject(text: string): object {
  return { data: Buffer.from(text).toString('base64'), type: 'val', ver: 1 };
}

function isDirectory(entry: unknown): boolean {
  return isJsonObject(entry) && (entry['type'] === 'dirref' || entry['type'] === 'dir');
}
