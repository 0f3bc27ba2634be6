import { type ListJob, Result, State } from './job';

const PENDING = State.DEPEND | State.PRIORITY | State.SCHED;
const RUNNING = State.RUN | State.CLEANUP;

/** All jobs that are visible, in the three lists that clients see. */
export class JobTable {
  readonly #jobs = new Map<bigint, ListJob>();
  readonly #pending = new Set<ListJob>();
  /** In the order in which they began to run. */
  readonly #running = new Set<ListJob>();
  /** In the order in which they ended. */
  readonly #inactive: ListJob[] = [];

  find(id: bigint): ListJob | undefined {
    return this.#jobs.get(id);
  }

  add(job: ListJob): void {
    this.#jobs.set(job.id, job);
    this.refile(job);
  }

  /** The job's state has changed. */
  refile(job: ListJob): void {
    if (job.state & PENDING) {
      this.#pending.add(job);
      return;
    }
    this.#pending.delete(job);
    if (job.state & RUNNING) this.#running.add(job);
    else {
      this.#running.delete(job);
      this.#inactive.push(job);
    }
  }

  /** After a bulk load: the lists in their order. */
  sort(): void {
    const running = [...this.#running].sort((a, b) => (a.t_run ?? 0) - (b.t_run ?? 0));
    this.#running.clear();
    for (const job of running) this.#running.add(job);
    this.#inactive.sort((a, b) => (a.t_inactive ?? 0) - (b.t_inactive ?? 0));
  }

  /** Pending by priority, then running, then inactive jobs, the latest first. */
  *all(): Iterable<ListJob> {
    yield* [...this.#pending].sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || (a.id < b.id ? -1 : 1));
    yield* [...this.#running].reverse();
    yield* this.inactive();
  }

  /** The latest first. */
  *inactive(): Iterable<ListJob> {
    for (let i = this.#inactive.length - 1; i >= 0; i--) yield this.#inactive[i]!;
  }

  get counts(): { pending: number; running: number; inactive: number } {
    return { pending: this.#pending.size, running: this.#running.size, inactive: this.#inactive.length };
  }

  /** job-list.job-stats. */
  get stats(): object {
    const byState = (state: number) => {
      let n = 0;
      for (const job of this.#pending) if (job.state === state) n++;
      for (const job of this.#running) if (job.state === state) n++;
      return n;
    };
    const byResult = (result: number) => this.#inactive.filter((job) => job.result === result).length;
    const completed = byResult(Result.COMPLETED);
    return {
      job_states: {
        depend: byState(State.DEPEND),
        priority: byState(State.PRIORITY),
        sched: byState(State.SCHED),
        run: byState(State.RUN),
        cleanup: byState(State.CLEANUP),
        inactive: this.#inactive.length,
        total: this.#jobs.size,
      },
      failed: this.#inactive.length - completed,
      canceled: byResult(Result.CANCELED),
      timeout: byResult(Result.TIMEOUT),
    };
  }
}
