import {
  FluxError,
  isJsonObject,
  JobState,
  type JsonObject,
  jobIdFromJson,
  type Message,
  Real,
  type Request,
  type SubmissionStatus,
} from 'flux';
import { unpack } from 'flux/internal';
import { mergeAnnotations } from './annotations';
import type { EventPoster } from './events';
import { Job } from './job';
import type { JobtapHost } from './jobtap/host';
import { drive, type Steps } from './jobtap/steps';
import type { JobTable } from './table';
import { exactMember } from './wire';

export interface SubmissionParts {
  table: JobTable;
  events: Pick<EventPoster, 'postSubmit'>;
  jobtap: Pick<JobtapHost, 'validate' | 'introduce'>;
}

/** `job-manager.submit` (job-manager.md §3.6): takes batches of jobs from job-ingest, one batch after the other, in order. */
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
  submit(request: Request): void {
    const jobs = jobsOf(request.message);
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

function jobsOf(message: Message): Job[] {
  unpack(message, { jobs: 'a' });
  return (exactMember(message, 'jobs') as unknown[]).map(jobOf);
}

function jobOf(item: unknown): Job {
  if (!isJsonObject(item)) throw new FluxError('EPROTO');
  const { id, userid, urgency, flags, t_submit: tSubmit, jobspec } = item as JsonObject;
  if (!isInt(userid) || !isInt(urgency) || !isInt(flags) || !isNumber(tSubmit) || !isContainer(jobspec)) throw new FluxError('EPROTO');
  return new Job({ id: jobIdFromJson(id), userid, urgency, flags, tSubmit: Number(tSubmit), jobspec });
}

const isInt = (value: unknown): value is number => Number.isInteger(value);
const isNumber = (value: unknown): value is number | Real => typeof value === 'number' || value instanceof Real;
/** A jobspec that nobody has validated may be an array: rejected with its own text, not with all that came along. */
const isContainer = (value: unknown): value is JsonObject => isJsonObject(value) || Array.isArray(value);
