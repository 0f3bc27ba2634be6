import { decodeEventlog, decodeJsonObject, type Flux, FluxError, isJsonObject, type JsonObject, jobKvsKey, type RpcStream } from 'flux';
import { type JobEvent, ListJob } from './job';
import { jobIds, textOf } from './kvs';
import type { JobTable } from './table';

/** An entry of the journal, as it is sent; reals are Real. */
interface JournalEntry {
  id: number | bigint;
  eventlog_seq: number;
  entry: JsonObject;
}

/** How many jobs are read from the KVS at a time. */
const LOAD_BATCH = 32;

/** Keeps the table of jobs up to date: from the KVS at load, then from the job manager's journal (contract/job-info-list.md §5). */
export class JournalReader {
  readonly #flux: Flux;
  readonly #table: JobTable;
  readonly #failed: (id: bigint, e: unknown) => void;
  /** Jobs whose next event waits for something from the KVS, with the events that came meanwhile. */
  readonly #busy = new Map<bigint, { job: ListJob; waiting: JobEvent[] }>();
  readonly #waiters = new Map<bigint, PromiseWithResolvers<ListJob>>();
  readonly #held: JournalEntry[] = [];
  #journal: RpcStream | undefined;
  #paused = false;
  /** Lookups made for jobs that were asked for before they were known. */
  idLookups = 0;

  /** `failed` hears of jobs whose data could not be read. */
  constructor(flux: Flux, table: JobTable, failed: (id: bigint, e: unknown) => void) {
    this.#flux = flux;
    this.#table = table;
    this.#failed = failed;
  }

  /** Reads every job in the KVS. What happens meanwhile is in the journal, which is listened to from now on: its memory is short. */
  async load(): Promise<void> {
    this.#journal = this.#flux.stream('job-manager.events-journal', {});
    for await (const ids of jobIds(this.#flux)) {
      for (let i = 0; i < ids.length; i += LOAD_BATCH) await Promise.all(ids.slice(i, i + LOAD_BATCH).map((id) => this.#loadJob(id)));
    }
    this.#table.sort();
  }

  /** Follows the journal once the jobs are loaded; returns or throws when it ends. */
  async follow(): Promise<void> {
    const journal = this.#journal;
    for (let message = await journal?.nextMessage(); message; message = await journal?.nextMessage()) {
      if (!message.payload) throw new FluxError('EPROTO');
      for (const entry of message.payload.strictJson()['events'] as JournalEntry[]) this.#take(entry);
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    for (const entry of this.#held.splice(0)) this.#take(entry);
  }

  /** Resolves when the job is visible. ENOENT if it never will be. */
  async find(id: bigint): Promise<ListJob> {
    const known = this.#table.find(id);
    if (known) return known;
    this.idLookups++;
    try {
      await textOf(this.#flux, jobKvsKey(id, 'eventlog'));
    } finally {
      this.idLookups--;
    }
    return this.#table.find(id) ?? this.#visible(id);
  }

  get waits(): number {
    return this.#waiters.size;
  }

  /** The module goes away: whoever waits is told. */
  close(): void {
    for (const id of [...this.#waiters.keys()]) this.#giveUp(id, new FluxError('ENOSYS'));
  }

  async #loadJob(id: bigint): Promise<void> {
    const job = new ListJob(id);
    const [eventlog, jobspec] = await Promise.all([this.#read(id, 'eventlog'), this.#read(id, 'jobspec')]);
    for (const { text } of decodeEventlog(eventlog)) {
      job.apply(eventOf(decodeJsonObject(text, { reals: true })));
      job.eventlogSeq++;
    }
    job.setJobspec(jobspec);
    if (job.t_run !== undefined) job.setR(await this.#read(id, 'R'));
    this.#table.put(job);
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
    else if (needsKvs(event)) void this.#work(job, [event]);
    else this.#apply(job, event);
  }

  /** Events of a job one after the other, while one of them waits for the KVS. */
  async #work(job: ListJob, waiting: JobEvent[]): Promise<void> {
    this.#busy.set(job.id, { job, waiting });
    for (let event = waiting.shift(); event; event = waiting.shift()) {
      try {
        if (event.name === 'submit') job.setJobspec(await this.#read(job.id, 'jobspec'));
        else if (event.name === 'alloc') job.setR(await this.#read(job.id, 'R'));
      } catch (e) {
        this.#failed(job.id, e);
        if (event.name === 'submit') {
          this.#giveUp(job.id, e);
          break; // without a jobspec it is never seen
        }
      }
      this.#apply(job, event);
    }
    this.#busy.delete(job.id);
  }

  #apply(job: ListJob, event: JobEvent): void {
    job.apply(event);
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
