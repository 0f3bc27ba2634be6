import { JobResult, JobState } from 'flux';
import { type InactiveFilter, InactiveJobs } from './inactive';
import type { ListJob } from './job';

const PENDING = JobState.DEPEND | JobState.PRIORITY | JobState.SCHED;

/** Which jobs are wanted; 0 stands for any state or result, undefined for any user. Results apply to inactive jobs only. */
export interface JobFilter {
  userid: number | undefined;
  states: number;
  results: number;
}

/** All jobs that are visible, in the three lists that clients see. */
export class JobTable {
  readonly #active = new Map<bigint, ListJob>();
  readonly #pending = new Set<ListJob>();
  /** In the order in which they began to run. */
  readonly #running = new Set<ListJob>();
  readonly #inactive = new InactiveJobs();

  find(id: bigint): ListJob | undefined {
    return this.#active.get(id) ?? this.#inactive.find(id);
  }

  /** Adds a job, or files it anew after a change. */
  put(job: ListJob): void {
    if (job.state === JobState.INACTIVE) {
      this.#active.delete(job.id);
      this.#pending.delete(job);
      this.#running.delete(job);
      this.#inactive.put(job);
      return;
    }
    this.#active.set(job.id, job);
    if (job.state & PENDING) this.#pending.add(job);
    else {
      this.#pending.delete(job);
      this.#running.add(job);
    }
  }

  /** Jobs that are not inactive. */
  get active(): Iterable<ListJob> {
    return this.#active.values();
  }

  /** After a bulk load: the lists in their order. */
  sort(): void {
    const running = [...this.#running].sort((a, b) => (a.t_run ?? 0) - (b.t_run ?? 0));
    this.#running.clear();
    for (const job of running) this.#running.add(job);
    this.#inactive.sort();
  }

  /** Pending by priority, then running, then inactive jobs, the latest first. */
  *select({ userid, states, results }: JobFilter): Iterable<ListJob> {
    const matches = (job: ListJob) => (userid === undefined || job.userid === userid) && (states === 0 || (job.state & states) !== 0);
    const pending = [...this.#pending].filter(matches);
    yield* pending.sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0) || (a.id < b.id ? -1 : 1));
    yield* [...this.#running].reverse().filter(matches);
    if (states === 0 || states & JobState.INACTIVE) yield* this.#inactive.select({ userid, results });
  }

  /** The latest first. */
  inactive(filter: InactiveFilter): Iterable<ListJob> {
    return this.#inactive.select(filter);
  }

  get counts(): { pending: number; running: number; inactive: number } {
    return { pending: this.#pending.size, running: this.#running.size, inactive: this.#inactive.length };
  }

  /** job-list.job-stats. */
  get stats() {
    const inState = (state: number) => {
      let count = 0;
      for (const job of this.#active.values()) if (job.state === state) count++;
      return count;
    };
    const inactive = this.#inactive.length;
    return {
      job_states: {
        depend: inState(JobState.DEPEND),
        priority: inState(JobState.PRIORITY),
        sched: inState(JobState.SCHED),
        run: inState(JobState.RUN),
        cleanup: inState(JobState.CLEANUP),
        inactive,
        total: this.#active.size + inactive,
      },
      failed: inactive - this.#inactive.count(JobResult.COMPLETED),
      canceled: this.#inactive.count(JobResult.CANCELED),
      timeout: this.#inactive.count(JobResult.TIMEOUT),
    };
  }
}
