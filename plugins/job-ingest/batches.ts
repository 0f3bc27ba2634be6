import {
  encodeEntry,
  errorText,
  type Flux,
  FluxError,
  isJsonObject,
  jobIdFromJson,
  jobKvsKey,
  jobManager,
  Kvs,
  type KvsTransaction,
  type Log,
  real,
} from 'flux';
import { wallSeconds } from 'flux/internal';
import type { Submission } from './request';

/** A job that has its id. */
interface IngestedJob extends Submission {
  id: bigint;
  /** Seconds since the epoch. */
  tSubmit: number;
  resolve(id: bigint): void;
  reject(error: FluxError): void;
}

export interface BatchOptions {
  flux: Flux;
  log: Pick<Log, 'err'>;
  /** Commit when so many jobs are there; undefined: as soon as the last batch is committed. */
  batchCount: number | undefined;
  /** Assigns the next job id. */
  nextId(): bigint;
}

/**
 * Writes submitted jobs to the KVS and announces them to the job manager, in batches (docs/protocol/job-manager.md §3.6). While a batch is announced
 * the next one is committed already; announcements keep the order of the commits.
 */
export class JobBatches {
  readonly #options: BatchOptions;
  readonly #kvs: Kvs;
  #open: IngestedJob[] = [];
  #running = false;

  constructor(options: BatchOptions) {
    this.#options = options;
    this.#kvs = new Kvs(options.flux);
  }

  /** Resolves with the job's id when it is in the KVS and the job manager has accepted it. */
  add(submission: Submission): Promise<bigint> {
    return new Promise((resolve, reject) => {
      this.#open.push({ ...submission, id: this.#options.nextId(), tSubmit: wallSeconds(), resolve, reject });
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    await null; // what is submitted in this turn belongs together
    while (this.#ready) await this.#write();
    this.#running = false;
  }

  get #ready(): boolean {
    return this.#open.length >= Math.max(1, this.#options.batchCount ?? 1);
  }

  async #write(): Promise<void> {
    const size = this.#options.batchCount || this.#open.length;
    const jobs = this.#open.splice(0, size);
    try {
      await this.#kvs.commit(this.#transactionOf(jobs));
    } catch (e) {
      const failure = new FluxError(e instanceof FluxError ? e.code : 'EIO', 'KVS commit failed', { cause: e });
      for (const job of jobs) job.reject(failure);
      return;
    }
    void this.#announce(jobs);
  }

  async #announce(jobs: IngestedJob[]): Promise<void> {
    let rejected: Map<bigint, string>;
    try {
      const { errors } = await this.#options.flux.call(jobManager.submit, { jobs: jobs.map(announcementOf) });
      rejected = new Map(errors.map(([id, text]) => [jobIdFromJson(id), text]));
    } catch (e) {
      const failure = e instanceof FluxError ? e : new FluxError('EPROTO', undefined, { cause: e });
      for (const job of jobs) job.reject(failure);
      this.#remove(jobs);
      return;
    }
    for (const job of jobs) {
      const text = rejected.get(job.id);
      if (text === undefined) job.resolve(job.id);
      else job.reject(new FluxError('EINVAL', text));
    }
    this.#remove(jobs.filter((job) => rejected.has(job.id)));
  }

  /** Nobody waits for this; what stays behind is an unknown job's directory. */
  #remove(jobs: IngestedJob[]): void {
    if (jobs.length === 0) return;
    const transaction = this.#kvs.transaction();
    for (const { id } of jobs) transaction.unlink(jobKvsKey(id));
    this.#kvs.commit(transaction).catch((e: unknown) => {
      this.#options.log.err(`error removing rejected jobs from the KVS: ${errorText(e)}`);
    });
  }

  #transactionOf(jobs: readonly IngestedJob[]): KvsTransaction {
    const transaction = this.#kvs.transaction();
    for (const { id, J, payload, tSubmit, userid, urgency, flags } of jobs) {
      const submit = encodeEntry({ timestamp: tSubmit, name: 'submit', context: { userid, urgency, flags } });
      transaction.put(jobKvsKey(id, 'J'), J);
      transaction.put(jobKvsKey(id, 'jobspec'), payload);
      transaction.append(jobKvsKey(id, 'eventlog'), `${submit}\n`);
    }
    return transaction;
  }
}

function announcementOf({ id, userid, urgency, flags, tSubmit, jobspec }: IngestedJob) {
  return { id, userid, urgency, t_submit: real(tSubmit), flags, jobspec: withoutEnvironment(jobspec) };
}

/** The environment is large, and nobody but the shell needs it. */
function withoutEnvironment(jobspec: object): object {
  const { attributes } = jobspec as { attributes?: unknown };
  if (!isJsonObject(attributes) || !isJsonObject(attributes['system'])) return jobspec;
  const { environment: _, ...system } = attributes['system'];
  return { ...jobspec, attributes: { ...attributes, system } };
}
