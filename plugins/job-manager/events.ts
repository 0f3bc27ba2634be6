import { type EncodableObject, FluxError, JobState } from 'flux';
import type { EventBatch } from './batch';
import { type Job, type JobEvent, USERID_SYSTEM } from './job';
import type { Journal } from './journal';
import { checkEvent, isContext } from './machine';
import type { JobTable } from './table';

/** What plugins are told of events. */
export interface EventHooks {
  /** Callbacks job.event.* of plugins that subscribed to the job. */
  event(job: Job, event: JobEvent): void;
  /** Callbacks job.state.*: the job has entered a state. */
  stateEntered(job: Job, event: JobEvent, previous: JobState): void;
  /** A priority is asked for again: the urgency has changed. */
  reprioritize(job: Job): void;
}

export interface PostOptions {
  /** The event goes to journal and subscribers only, not into the eventlog. */
  volatile?: boolean;
}

export interface EventPosterParts {
  table: JobTable;
  batch: EventBatch;
  journal: Journal;
  hooks: EventHooks;
  /** Does what the job's state asks for; idempotent. */
  act(job: Job): void;
  /** Seconds since the epoch. */
  now(): number;
}

/**
 * Posts events to jobs, in the order of docs/protocol/job-manager.md §6.3. Synchronous: what callbacks and actions post is complete, down to its own
 * actions, when `post` returns.
 */
export class EventPoster {
  readonly #parts: EventPosterParts;

  constructor(parts: EventPosterParts) {
    this.#parts = parts;
  }

  /** EINVAL: illegal in the job's state, or an empty name; EPROTO: malformed context of a known event. Nothing has happened then. */
  post(job: Job, name: string, context?: EncodableObject, { volatile = false }: PostOptions = {}): void {
    if (name === '' || !isContext(context)) throw new FluxError('EINVAL');
    const event: JobEvent = { timestamp: this.#parts.now(), name, ...(context ? { context } : {}) };
    this.#dispatch(job, event, checkEvent(job, event), { volatile });
  }

  /** The first event of a job, which job-ingest has written to the eventlog. */
  postSubmit(job: Job): void {
    const { userid, urgency, flags, tSubmit } = job;
    const event: JobEvent = { timestamp: tSubmit, name: 'submit', context: { userid, urgency, flags } };
    const apply = checkEvent(job, event);
    job.entering = true;
    this.#dispatch(job, event, apply, { written: true });
  }

  #dispatch(job: Job, event: JobEvent, apply: () => void, { volatile = false, written = false }): void {
    const { table, batch, journal, hooks, act } = this.#parts;
    journal.publish(job, volatile ? -1 : job.eventlogSeq, event);
    const previous = job.state;
    apply();
    table.stateChanged(job, previous);
    const entered = job.state;
    if (!volatile) job.eventlogSeq++;
    if (!volatile && !written) batch.append(job, event);
    if (entered !== previous) batch.transition(job, entered, event.timestamp);
    job.posted.add(event.name);
    hooks.event(job, event);
    if (entered === JobState.DEPEND && previous === JobState.NEW) this.#postPendingDependencies(job);
    if (entered !== previous && job.state === entered) hooks.stateEntered(job, event, previous);
    else if (event.name === 'urgency') hooks.reprioritize(job);
    act(job);
  }

  /** What plugins added and removed while the job was in NEW; `depend` waits for the callbacks that follow. */
  #postPendingDependencies(job: Job): void {
    const { pendingAdds, pendingRemoves } = job.dependencies;
    pendingAdds.every((description) => this.#tryDependency(job, 'add', description)) &&
      pendingRemoves.every((description) => this.#tryDependency(job, 'remove', description));
    pendingAdds.length = 0;
    pendingRemoves.length = 0;
    job.entering = false;
  }

  #tryDependency(job: Job, verb: 'add' | 'remove', description: string): boolean {
    try {
      this.post(job, `dependency-${verb}`, { description });
      return true;
    } catch (e) {
      if (!(e instanceof FluxError)) throw e;
      this.post(job, 'exception', {
        type: 'dependency',
        severity: 0,
        userid: USERID_SYSTEM,
        note: `failed to ${verb} dependency ${description}`,
      });
      return false;
    }
  }
}
