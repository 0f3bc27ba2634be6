import { JobState } from 'flux';
import type { Job } from './job';

/** What the actions of the states need done. */
export interface ActionTargets {
  post(job: Job, name: string): void;
  alloc: {
    /** Puts the job into the queue, or tells the scheduler of its new priority. */
    want(job: Job): void;
    dequeue(job: Job): void;
    cancel(job: Job): void;
    free(job: Job): void;
  };
  exec: { start(job: Job): void };
  /** The job is inactive: nothing will happen to it any more. */
  retire(job: Job): void;
}

/**
 * Does what a job's state asks for (docs/protocol/job-manager.md §6.2). Idempotent: called after each event of the job, and whenever something has
 * changed.
 */
export class StateActions {
  readonly #targets: ActionTargets;

  constructor(targets: ActionTargets) {
    this.#targets = targets;
  }

  act(job: Job): void {
    const { post, alloc, exec, retire } = this.#targets;
    switch (job.state) {
      case JobState.DEPEND:
        if (job.dependencies.count === 0 && !job.entering) post(job, 'depend');
        break;
      case JobState.PRIORITY:
        alloc.dequeue(job);
        break;
      case JobState.SCHED:
        alloc.want(job);
        break;
      case JobState.RUN:
        exec.start(job);
        break;
      case JobState.CLEANUP:
        this.#cleanUp(job);
        break;
      case JobState.INACTIVE:
        retire(job);
        break;
    }
  }

  #cleanUp(job: Job): void {
    const { post, alloc } = this.#targets;
    alloc.dequeue(job);
    alloc.cancel(job);
    if (job.hasResources && job.perilogs === 0 && !job.startPending && !job.freePending && !job.allocBypass) alloc.free(job);
    if (job.alloc === 'none' && !job.freePending && !job.startPending && !job.hasResources) post(job, 'clean');
  }
}
