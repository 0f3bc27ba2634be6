import { FluxError, JobState } from 'flux';
import type { Job } from './job';

/** The active jobs by id, and counts of them. */
export class JobTable {
  readonly #jobs = new Map<bigint, Job>();
  #running = 0;
  /** Highest job id there was so far. */
  maxId = 0n;

  get size(): number {
    return this.#jobs.size;
  }
  /** Jobs in RUN or CLEANUP. */
  get running(): number {
    return this.#running;
  }

  /** In order of arrival. */
  [Symbol.iterator](): IterableIterator<Job> {
    return this.#jobs.values();
  }

  get(id: bigint): Job | undefined {
    return this.#jobs.get(id);
  }

  /** As get(); throws EINVAL or what is given if there is no such active job. */
  lookup(id: bigint, error: FluxError): Job {
    const job = this.#jobs.get(id);
    if (!job) throw error;
    return job;
  }

  /** EEXIST if the id is taken. */
  add(job: Job): void {
    if (this.#jobs.has(job.id)) throw new FluxError('EEXIST');
    this.#jobs.set(job.id, job);
    if (job.id > this.maxId) this.maxId = job.id;
    if (job.running) this.#running++;
  }

  /** False if it was not there. */
  remove(job: Job): boolean {
    return this.#jobs.delete(job.id);
  }

  /** Keeps the count of running jobs; called after each change of a state. */
  stateChanged(job: Job, previous: JobState): void {
    const before = (previous & (JobState.RUN | JobState.CLEANUP)) !== 0;
    if (job.running !== before) this.#running += before ? -1 : 1;
  }
}
