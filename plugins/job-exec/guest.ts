import { encodeEntry, type Flux, type JsonObject, jobKvsKey, Kvs, type NewEntry, type Raw } from 'flux';
import { createDirref, wallSeconds } from 'flux/internal';

const EVENTLOG = 'exec.eventlog';

/** The guest namespace of a job, `job-<decimal id>`, and the exec.eventlog in it (docs/protocol/job-exec.md §4, §5). */
export class GuestNamespace {
  readonly name: string;
  readonly #primary: Kvs;
  readonly #guest: Kvs;
  readonly #id: bigint;
  readonly #onError: (what: string, e: unknown) => void;
  #pending = '';
  #writing: Promise<void> | undefined;
  /** Root after the last commit here. */
  #rootref: string | undefined;

  /** `onError` hears of eventlog entries that could not be written. */
  constructor(flux: Flux, id: bigint, onError: (what: string, e: unknown) => void) {
    this.#id = id;
    this.#onError = onError;
    this.name = `job-${id}`;
    this.#primary = new Kvs(flux);
    this.#guest = this.#primary.in(this.name);
  }

  /** Creates it, empty or with an earlier root, owned by the job's user. EEXIST if there is one. */
  async create(owner: number, rootref: string): Promise<void> {
    await this.#primary.createNamespace(this.name, { owner, rootref });
  }

  /** Links it to `guest` in the job's directory. */
  async link(): Promise<void> {
    await this.#primary.symlink(jobKvsKey(this.#id, 'guest'), '.', this.name);
  }

  /** Its root's blobref. */
  async root(): Promise<string> {
    return (await this.#guest.getroot()).rootref;
  }

  /** Puts its content in the place of the link: what it was after the last entry of exec.eventlog, which comes when all else is written. */
  async copyToPrimary(): Promise<void> {
    const rootref = this.#rootref ?? (await this.root());
    await this.#primary.commit(this.#primary.transaction().putTreeobj(jobKvsKey(this.#id, 'guest'), createDirref(rootref)));
  }

  async remove(): Promise<void> {
    await this.#primary.removeNamespace(this.name);
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
        this.#rootref = (await this.#guest.append(EVENTLOG, text)).rootref;
      } catch (e) {
        this.#onError(`commit ${EVENTLOG}`, e);
      }
    }
    this.#writing = undefined;
  }
}
