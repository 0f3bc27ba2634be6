import {
  FluxError,
  isJsonObject,
  JobState,
  type JsonObject,
  type jobManager,
  type ReadBy,
  type Request,
  type SubmissionStatus,
} from 'flux';
import { mergeAnnotations } from './annotations';
import type { EventPoster } from './events';
import { Job } from './job';
import type { JobtapHost } from './jobtap/host';
import { drive, type Steps } from './jobtap/steps';
import type { JobTable } from './table';

export interface SubmissionParts {
  table: JobTable;
  events: Pick<EventPoster, 'postSubmit'>;
  jobtap: Pick<JobtapHost, 'validate' | 'introduce'>;
}

/** `job-manager.submit` (docs/protocol/job-manager.md §3.6): takes batches of jobs from job-ingest, one batch after the other, in order. */
export class Submissions {
  readonly #parts: SubmissionParts;
  #disabled: { reason: string } | undefined;
  #busy: Promise<void> | undefined;

  constructor(parts: SubmissionParts) {
    this.#parts = parts;
  }

  enable(): void {
    this.#disabled = undefined;
  }
  disable(reason: string): void {
    this.#disabled = { reason };
  }
  get status(): SubmissionStatus {
    return { enable: !this.#disabled, reason: this.#disabled?.reason ?? '' };
  }

  /** Responds by itself. EPROTO, EINVAL `job submission is disabled: REASON`. */
  submit(submitted: readonly Submission[], request: Request): void {
    const jobs = submitted.map(jobOf);
    if (this.#disabled) throw new FluxError('EINVAL', `job submission is disabled: ${this.#disabled.reason}`);
    const take = () => drive(this.#take(request, jobs));
    const taken = this.#busy ? this.#busy.then(take) : take();
    if (!(taken instanceof Promise)) return;
    const busy = taken
      .catch((e: unknown) => request.respondError(e))
      .finally(() => {
        if (this.#busy === busy) this.#busy = undefined;
      });
    this.#busy = busy;
  }

  *#take(request: Request, jobs: Job[]): Steps<void> {
    const errors: [bigint, string][] = [];
    const accepted: Job[] = [];
    for (const job of jobs) {
      const error = yield* this.#accept(job);
      if (error === undefined) accepted.push(job);
      else errors.push([job.id, error]);
    }
    request.respond({ errors });
    for (const job of accepted) if (job.state === JobState.NEW) this.#parts.events.postSubmit(job);
  }

  /** The text of the error if the job is rejected. */
  *#accept(job: Job): Steps<string | undefined> {
    const { table, jobtap } = this.#parts;
    try {
      if (table.get(job.id)) throw new FluxError('EEXIST');
      yield* jobtap.validate(job);
      table.add(job);
    } catch (e) {
      if (!(e instanceof FluxError)) throw e;
      return e.message;
    }
    jobtap.introduce(job, (update) => {
      job.annotations = mergeAnnotations(job.annotations, update);
    });
    return undefined;
  }
}

type Submission = ReadBy<typeof jobManager.submit>['jobs'][number];

function jobOf({ jobspec, t_submit: tSubmit, ...submission }: Submission): Job {
  // A jobspec that nobody has validated may be an array: rejected with its own text, not with all that came along.
  if (!isJsonObject(jobspec) && !Array.isArray(jobspec)) throw new FluxError('EPROTO');
  return new Job({ ...submission, tSubmit, jobspec: jobspec as JsonObject });
}
