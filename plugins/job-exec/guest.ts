import { encodeEntry, type Flux, type JsonObject, jobKvsKey, type NewEntry, type Raw, type Treeobj } from 'flux';
import { createDirref, createSymlink, createVal, encodeSortedJson, wallSeconds } from 'flux/internal';

const EVENTLOG = 'exec.eventlog';
const APPEND = 32;

interface Op {
  key: string;
  flags: number;
  dirent: Treeobj;
}

/** The guest namespace of a job, `job-<decimal id>`, and the exec.eventlog in it (contract/job-exec.md §4, §5). */
export class GuestNamespace {
  readonly name: string;
  readonly #flux: Flux;
  readonly #id: bigint;
  readonly #onError: (what: string, e: unknown) => void;
  #pending = '';
  #writing: Promise<void> | undefined;
  /** Root after the last commit here. */
  #rootref: string | undefined;

  /** `onError` hears of eventlog entries that could not be written. */
  constructor(flux: Flux, id: bigint, onError: (what: string, e: unknown) => void) {
    this.#flux = flux;
    this.#id = id;
    this.#onError = onError;
    this.name = `job-${id}`;
  }

  /** Creates it, empty or with an earlier root, owned by the job's user. EEXIST if there is one. */
  async create(owner: number, rootref: string): Promise<void> {
    await this.#flux.rpc('kvs.namespace-create', { namespace: this.name, rootref, owner, flags: 0 }, { nodeid: 0 });
  }

  /** Links it to `guest` in the job's directory. */
  async link(): Promise<void> {
    await this.#commit('primary', { key: jobKvsKey(this.#id, 'guest'), flags: 0, dirent: createSymlink('.', this.name) });
  }

  /** Its root's blobref. */
  async root(): Promise<string> {
    const { rootref } = await this.#flux.rpc<{ rootref: string }>('kvs.getroot', { namespace: this.name });
    return rootref;
  }

  /** Puts its content in the place of the link: what it was after the last entry of exec.eventlog, which comes when all else is written. */
  async copyToPrimary(): Promise<void> {
    const rootref = this.#rootref ?? (await this.root());
    await this.#commit('primary', { key: jobKvsKey(this.#id, 'guest'), flags: 0, dirent: createDirref(rootref) });
  }

  async remove(): Promise<void> {
    await this.#flux.rpc('kvs.namespace-remove', { namespace: this.name }, { nodeid: 0 });
  }

  /** Appends to exec.eventlog; entries that come while a commit is under way go together in the next. */
  log(name: string, context?: JsonObject | Raw): void {
    this.note(name, context);
    this.#writing ??= this.#write();
  }

  /** As log(), where another entry follows at once: they share a commit. */
  note(name: string, context?: JsonObject | Raw): void {
    const entry: NewEntry = { timestamp: wallSeconds(), name, ...(context ? { context } : {}) };
    this.#pending += `${encodeEntry(entry)}\n`;
  }

  /** Resolves when every entry is in the namespace. */
  async flush(): Promise<void> {
    if (this.#pending !== '') this.#writing ??= this.#write();
    await this.#writing;
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // what is logged in this turn goes along
    while (this.#pending !== '') {
      const text = this.#pending;
      this.#pending = '';
      try {
        this.#rootref = await this.#commit(this.name, { key: EVENTLOG, flags: APPEND, dirent: createVal(text) });
      } catch (e) {
        this.#onError(`commit ${EVENTLOG}`, e);
      }
    }
    this.#writing = undefined;
  }

  async #commit(namespace: string, op: Op): Promise<string> {
    return (await this.#flux.rpc<{ rootref: string }>('kvs.commit', { namespace, flags: 0, ops: [op] })).rootref;
  }
}

/** Value of a key as a string. ENOENT if it is not there. */
export async function lookupText(flux: Flux, key: string): Promise<string> {
  const { val } = await flux.rpc<{ val: { data: string } }>('kvs.lookup', { key, namespace: 'primary', flags: 0 });
  return Buffer.from(val.data, 'base64').toString('utf8');
}

/** Stores a JSON value in the primary namespace. */
export async function putJson(flux: Flux, key: string, value: object): Promise<void> {
  const op: Op = { key, flags: 0, dirent: createVal(encodeSortedJson(value)) };
  await flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops: [op] });
}
