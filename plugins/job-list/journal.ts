import {
  decodeEventlog,
  type Flux,
  FluxError,
  isErrno,
  isJsonObject,
  JobState,
  type JsonObject,
  jobKvsKey,
  jobManager,
  type RpcStream,
  toFluxError,
} from 'flux';
import { decodeJsonObject } from 'flux/internal';
import { applyEvent, type JobEvent } from './events';
import { ListJob } from './job';
import { exists, jobIds, textOf } from './kvs';
import type { JobTable } from './table';

/** An entry of the journal, as it is sent; reals are Real. */
type JournalEntry = {
  id: number | bigint;
  eventlog_seq: number;
  entry: JsonObject;
};

/** How many jobs are read from the KVS at a time. */
const LOAD_BATCH = 32;

/** Keeps the table of jobs up to date: from the KVS at load, then from the job manager's journal (docs/protocol/job-info-list.md §5). */
export class JournalReader {
  readonly #flux: Flux;
  readonly #table: JobTable;
  readonly #failed: (id: bigint, e: unknown) => void;
  /** Jobs whose next event waits for something from the KVS, with the events that came meanwhile. */
  readonly #busy = new Map<bigint, { job: ListJob; waiting: JobEvent[]; done: Promise<void> }>();
  readonly #waiters = new Map<bigint, PromiseWithResolvers<ListJob>>();
  /** Why nothing is known of jobs that are there. */
  readonly #unreadable = new Map<bigint, FluxError>();
  readonly #held: JournalEntry[] = [];
  #journal: RpcStream<unknown> | undefined;
  #paused = false;
  /** Lookups made for jobs that were asked for before they were known. */
  idLookups = 0;

  /** `failed` hears of jobs whose data could not be read. */
  constructor(flux: Flux, table: JobTable, failed: (id: bigint, e: unknown) => void) {
    this.#flux = flux;
    this.#table = table;
    this.#failed = failed;
  }

  /**
   * Reads every job in the KVS. What happens meanwhile is in the journal, which is listened to from now on: its memory is short. What can't be read
   * of a job is told to `failed`; the others are listed.
   */
  async load(): Promise<void> {
    this.#journal = this.#flux.open(jobManager.eventsJournal, {});
    const active: ListJob[] = [];
    for await (const ids of jobIds(this.#flux)) {
      for (let i = 0; i < ids.length; i += LOAD_BATCH) {
        for (const job of await Promise.all(ids.slice(i, i + LOAD_BATCH).map((id) => this.#loadJob(id)))) {
          if (job?.state === JobState.INACTIVE) this.#table.put(job);
          else if (job) active.push(job);
        }
      }
    }
    await this.#putActive(active);
    this.#table.sort();
  }

  /**
   * Follows the journal once the jobs are loaded, and that of the next job manager when this one is gone. Throws what else the journal ends with.
   * @param hellos events job-manager.hello
   */
  async follow(hellos: AsyncIterator<unknown>): Promise<void> {
    for (;;) {
      await this.#followJournal();
      if ((await hellos.next()).done) return;
      this.#journal = this.#flux.open(jobManager.eventsJournal, {});
      await this.#refresh();
    }
  }

  /** Returns when the job manager is gone. */
  async #followJournal(): Promise<void> {
    const journal = this.#journal;
    try {
      for (let message = await journal?.nextMessage(); message; message = await journal?.nextMessage()) {
        if (!message.payload) throw new FluxError('EPROTO');
        for (const entry of message.payload.strictJson()['events'] as JournalEntry[]) this.#take(entry);
      }
    } catch (e) {
      if (!isErrno(e, 'ENOSYS')) throw e;
    }
  }

  /** What has happened to active jobs that no journal has told us of stands in their eventlogs. */
  async #refresh(): Promise<void> {
    await Promise.all([...this.#busy.values()].map(({ done }) => done));
    for (const job of [...this.#table.active]) {
      const now = await this.#loadJob(job.id);
      if (now) this.#table.put(Object.assign(job, now));
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const entry of this.#held.splice(0)) this.#take(entry);
  }

  /** Resolves when the job is visible. ENOENT if it never will be; EINVAL: its eventlog can't be read. */
  async find(id: bigint): Promise<ListJob> {
    const known = this.#table.find(id);
    if (known) return known;
    this.idLookups++;
    try {
      await textOf(this.#flux, jobKvsKey(id, 'eventlog'));
    } finally {
      this.idLookups--;
    }
    const reason = this.#unreadable.get(id);
    if (reason) throw reason;
    return this.#table.find(id) ?? this.#visible(id);
  }

  get waits(): number {
    return this.#waiters.size;
  }

  /** The module goes away: whoever waits is told. */
  close(): void {
    for (const id of [...this.#waiters.keys()]) this.#giveUp(id, new FluxError('ENOSYS'));
  }

  /** A job manager that has just started may have set jobs aside that it can't use: they are not there any more when it answers. */
  async #putActive(jobs: readonly ListJob[]): Promise<void> {
    if (jobs.length === 0) return;
    await this.#flux.call(jobManager.getinfo);
    for (const job of jobs) {
      if (await exists(this.#flux, jobKvsKey(job.id, 'eventlog'))) this.#table.put(job);
    }
  }

  /** Undefined for a job whose eventlog can't be read: nothing is known of it. */
  async #loadJob(id: bigint): Promise<ListJob | undefined> {
    const job = new ListJob(id);
    try {
      const [submit, ...events] = eventsIn(await this.#read(id, 'eventlog'));
      if (submit?.name !== 'submit') throw new FluxError('EINVAL', 'it does not begin with submit');
      applyEvent(job, submit);
      for (const event of events) this.#guard(id, () => applyEvent(job, event));
      job.eventlogSeq = events.length;
    } catch (e) {
      this.#unreadable.set(id, withContext(`eventlog can't be read`, e));
      this.#failed(id, this.#unreadable.get(id));
      return undefined;
    }
    await this.#readInto(job, 'jobspec');
    if (job.t_run !== undefined) await this.#readInto(job, 'R');
    return job;
  }

  /** What can't be read leaves the job without it. */
  async #readInto(job: ListJob, key: 'jobspec' | 'R'): Promise<void> {
    try {
      const text = await this.#read(job.id, key);
      if (key === 'R') job.setR(text);
      else job.setJobspec(text);
    } catch (e) {
      this.#failed(job.id, withContext(`${key} can't be read`, e));
    }
  }

  /** What one job's data do to us is that job's. */
  #guard(id: bigint, act: () => void): void {
    try {
      act();
    } catch (e) {
      this.#failed(id, e);
    }
  }

  #visible(id: bigint): Promise<ListJob> {
    const waiter = this.#waiters.get(id) ?? withResolvers<ListJob>();
    this.#waiters.set(id, waiter);
    return waiter.promise;
  }

  #take(journaled: JournalEntry): void {
    if (this.#paused) {
      this.#held.push(journaled);
      return;
    }
    const id = BigInt.asUintN(64, BigInt(journaled.id));
    const event = eventOf(journaled.entry);
    const busy = this.#busy.get(id);
    const job = busy?.job ?? this.#table.find(id) ?? (event.name === 'submit' ? new ListJob(id) : undefined);
    if (!job) return; // its submit was before this journal's memory, and its directory is gone
    const seq = journaled.eventlog_seq;
    if (seq >= 0 && seq <= job.eventlogSeq && event.name !== 'memo') return;
    job.eventlogSeq = Math.max(seq, job.eventlogSeq);
    if (busy) busy.waiting.push(event);
    else if (needsKvs(event)) {
      const waiting = [event];
      this.#busy.set(id, { job, waiting, done: this.#work(job, waiting) });
    } else this.#apply(job, event);
  }

  /** Events of a job one after the other, while one of them waits for the KVS. */
  async #work(job: ListJob, waiting: JobEvent[]): Promise<void> {
    await null; // it is known as busy first
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      if (event.name === 'submit' && !(await this.#readSubmitted(job))) break;
      if (event.name === 'alloc') await this.#readInto(job, 'R');
      this.#apply(job, event);
    }
    this.#busy.delete(job.id);
  }

  /** A job whose jobspec is not there is never seen: it was refused, or its directory is gone. */
  async #readSubmitted(job: ListJob): Promise<boolean> {
    try {
      const text = await this.#read(job.id, 'jobspec');
      this.#guard(job.id, () => job.setJobspec(text));
      return true;
    } catch (e) {
      this.#failed(job.id, e);
      this.#giveUp(job.id, e);
      return false;
    }
  }

  #apply(job: ListJob, event: JobEvent): void {
    this.#guard(job.id, () => applyEvent(job, event));
    this.#table.put(job);
    if (event.name !== 'submit') return;
    this.#waiters.get(job.id)?.resolve(job);
    this.#waiters.delete(job.id);
  }

  #giveUp(id: bigint, e: unknown): void {
    this.#waiters.get(id)?.reject(e);
    this.#waiters.delete(id);
  }

  #read(id: bigint, key: string): Promise<string> {
    return textOf(this.#flux, jobKvsKey(id, key));
  }
}

/** EINVAL for a log that is none, or has lost the end of its last line. */
function eventsIn(eventlog: string): JobEvent[] {
  if (!eventlog.endsWith('\n')) throw new FluxError('EINVAL', 'its last line has no end');
  return decodeEventlog(eventlog).map(({ text }) => eventOf(decodeJsonObject(text, { reals: true })));
}

function withContext(what: string, e: unknown): FluxError {
  const { code, message } = toFluxError(e);
  return new FluxError(code, `${what}: ${message}`, { cause: e });
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (e: unknown) => void;
}

/** Promise.withResolvers(), which Node 20 does not have. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let settle!: Omit<PromiseWithResolvers<T>, 'promise'>;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

const needsKvs = ({ name }: JobEvent) => name === 'submit' || name === 'alloc';

function eventOf({ timestamp, name, context }: JsonObject): JobEvent {
  return { timestamp: Number(timestamp), name: String(name), ...(isJsonObject(context) ? { context } : {}) };
}
