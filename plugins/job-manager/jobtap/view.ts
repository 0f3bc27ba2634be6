import type { JobState, JobtapJob, JsonObject } from 'flux';
import type { Job } from '../job';

/** A job as plugins see it: live, and no more of it than they need. */
export class JobView implements JobtapJob {
  readonly #job: Job;
  constructor(job: Job) {
    this.#job = job;
  }
  get id(): bigint {
    return this.#job.id;
  }
  get userid(): number {
    return this.#job.userid;
  }
  get urgency(): number {
    return this.#job.urgency;
  }
  get state(): JobState {
    return this.#job.state;
  }
  get priority(): number {
    return this.#job.priority;
  }
  get started(): boolean {
    return this.#job.started;
  }
  get t_submit(): number {
    return this.#job.tSubmit;
  }
  get jobspec(): JsonObject {
    return this.#job.plainJobspec;
  }
}
