import { decodeEventlog, type Flux, isErrno, jobKvsKey } from 'flux';
import { type JobEvent, ListJob } from './job';
import type { JobTable } from './table';

/** Names in a KVS directory; none if there is no such directory. */
async function namesIn(flux: Flux, key: string): Promise<string[]> {
  try {
    const { val } = await flux.rpc<{ val: { data: object } }>('kvs.lookup', { key, namespace: 'primary', flags: 1 });
    return Object.keys(val.data);
  } catch (e) {
    if (isErrno(e, 'ENOENT') || isErrno(e, 'ENOTDIR')) return [];
    throw e;
  }
}

async function textOf(flux: Flux, key: string): Promise<string> {
  const { val } = await flux.rpc<{ val: { data: string } }>('kvs.lookup', { key, namespace: 'primary', flags: 0 });
  return Buffer.from(val.data, 'base64').toString('utf8');
}

/** Keeps the table of jobs up to date: from the KVS at load, then from the job manager's journal (contract/job-info-list.md §5). */
export class JournalReader {
  readonly #flux: Flux;
  readonly #table: JobTable;
  /** Jobs whose next event waits for something from the KVS, with the events that came meanwhile. */
  readonly #busy = new Map<bigint, { job: ListJob; waiting: JobEvent[] }>();
  readonly #waiters = new Map<bigint, ((job: ListJob | undefined) => void)[]>();
  readonly #held: { id: bigint; seq: number; entry: JobEvent }[] = [];
  #paused = false;
  /** Lookups made for jobs that were asked for before they were known. */
  idLookups = 0;

  constructor(flux: Flux, table: JobTable) {
    this.#flux = flux;
    this.#table = table;
  }

  /** Reads every job in the KVS. */
  async load(): Promise<void> {
    for (const a of await namesIn(this.#flux, 'job'))
      for (const b of await namesIn(this.#flux, `job.${a}`))
        for (const c of await namesIn(this.#flux, `job.${a}.${b}`))
          for (const d of await namesIn(this.#flux, `job.${a}.${b}.${c}`)) await this.#loadJob(BigInt(`0x${a}${b}${c}${d}`));
    this.#table.sort();
  }

  async #loadJob(id: bigint): Promise<void> {
    const job = new ListJob(id);
    for (const entry of decodeEventlog(await textOf(this.#flux, jobKvsKey(id, 'eventlog')))) {
      job.apply(entry);
      job.eventlogSeq++;
    }
    job.setJobspec(await textOf(this.#flux, jobKvsKey(id, 'jobspec')));
    if (job.t_run !== undefined) job.setR(await textOf(this.#flux, jobKvsKey(id, 'R')));
    this.#table.add(job);
  }

  /** Follows the journal; returns or throws when it ends. `failed` hears of jobs whose data could not be read. */
  async follow(failed: (id: bigint, e: unknown) => void): Promise<void> {
    const journal = this.#flux.stream<{ events: { id: number | bigint; eventlog_seq: number; entry: JobEvent }[] }>(
      'job-manager.events-journal',
      {},
    );
    for await (const { events } of journal) {
      for (const { id, eventlog_seq, entry } of events) this.#take(BigInt(id), eventlog_seq, entry, failed);
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(failed: (id: bigint, e: unknown) => void): void {
    this.#paused = false;
    for (const { id, seq, entry } of this.#held.splice(0)) this.#take(id, seq, entry, failed);
  }

  /** Resolves when the job is visible; undefined if it never will be. */
  async find(id: bigint): Promise<ListJob | undefined> {
    const known = this.#table.find(id);
    if (known) return known;
    this.idLookups++;
    try {
      if ((await namesIn(this.#flux, jobKvsKey(id))).length === 0) return undefined;
    } finally {
      this.idLookups--;
    }
    return this.#table.find(id) ?? new Promise((resolve) => this.#waiters.set(id, [...(this.#waiters.get(id) ?? []), resolve]));
  }

  get waits(): number {
    return this.#waiters.size;
  }

  #take(id: bigint, seq: number, entry: JobEvent, failed: (id: bigint, e: unknown) => void): void {
    if (this.#paused) {
      this.#held.push({ id, seq, entry });
      return;
    }
    const busy = this.#busy.get(id);
    const job = this.#table.find(id) ?? busy?.job ?? (entry.name === 'submit' ? new ListJob(id) : undefined);
    if (!job) return; // its submit was before this journal's memory, and its directory is gone
    if (seq >= 0 && seq <= job.eventlogSeq && entry.name !== 'memo') return;
    if (seq >= 0) job.eventlogSeq = Math.max(seq, job.eventlogSeq);
    if (busy) busy.waiting.push(entry);
    else if (needsKvs(entry)) void this.#work(job, [entry]).catch((e) => failed(id, e));
    else this.#apply(job, entry);
  }

  /** Events of a job one after the other, while one of them waits for the KVS. */
  async #work(job: ListJob, waiting: JobEvent[]): Promise<void> {
    this.#busy.set(job.id, { job, waiting });
    try {
      for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
        if (entry.name === 'submit') job.setJobspec(await textOf(this.#flux, jobKvsKey(job.id, 'jobspec')));
        else if (entry.name === 'alloc') job.setR(await textOf(this.#flux, jobKvsKey(job.id, 'R')));
        this.#apply(job, entry);
      }
    } finally {
      this.#busy.delete(job.id);
    }
  }

  #apply(job: ListJob, entry: JobEvent): void {
    const before = job.state;
    job.apply(entry);
    if (entry.name === 'submit') this.#show(job);
    else if (job.state !== before) this.#table.refile(job);
  }

  #show(job: ListJob): void {
    this.#table.add(job);
    for (const resolve of this.#waiters.get(job.id) ?? []) resolve(job);
    this.#waiters.delete(job.id);
  }
}

const needsKvs = ({ name }: JobEvent) => name === 'submit' || name === 'alloc';
