import type { Job } from './job';

/**
 * The jobs that want resources, first the one to be served first: by priority, highest first, then by job id, lowest first. A job keeps the place
 * of the priority it had when it was put in until `reposition` is called.
 */
export class JobQueue {
  readonly #entries: { job: Job; priority: number }[] = [];
  readonly #priorities = new Map<Job, number>();

  get length(): number {
    return this.#entries.length;
  }

  get first(): Job | undefined {
    return this.#entries[0]?.job;
  }

  at(index: number): Job | undefined {
    return this.#entries[index]?.job;
  }

  has(job: Job): boolean {
    return this.#priorities.has(job);
  }

  /** In order. */
  *[Symbol.iterator](): IterableIterator<Job> {
    for (const { job } of this.#entries) yield job;
  }

  insert(job: Job): void {
    if (this.has(job)) return;
    const entry = { job, priority: job.priority };
    this.#entries.splice(this.#find(entry), 0, entry);
    this.#priorities.set(job, job.priority);
  }

  /** False if it is not in. */
  remove(job: Job): boolean {
    const priority = this.#priorities.get(job);
    if (priority === undefined) return false;
    this.#priorities.delete(job);
    this.#entries.splice(this.#find({ job, priority }), 1);
    return true;
  }

  /** Moves the job to the place of its current priority. */
  reposition(job: Job): void {
    if (this.#priorities.get(job) !== job.priority && this.remove(job)) this.insert(job);
  }

  /** Index of the first entry that doesn't come before `entry`. */
  #find(entry: { job: Job; priority: number }): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (precedes(this.#entries[middle]!, entry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Whether job `a` is to be served before `b`. */
export function outranks(a: Job, b: Job): boolean {
  return precedes({ job: a, priority: a.priority }, { job: b, priority: b.priority });
}

function precedes(a: { job: Job; priority: number }, b: { job: Job; priority: number }): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.job.id < b.job.id;
}
