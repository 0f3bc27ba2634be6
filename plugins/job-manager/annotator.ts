import type { JsonObject } from 'flux';
import { mergeAnnotations, withoutAnnotation } from './annotations';
import type { EventPoster } from './events';
import type { Job } from './job';

/** Changes annotations that are not in the eventlog (the scheduler's, plugins'), and tells the journal of the complete result. */
export class Annotator {
  readonly #events: Pick<EventPoster, 'post'>;

  constructor(events: Pick<EventPoster, 'post'>) {
    this.#events = events;
  }

  /** Merges an update at the top level. */
  merge(job: Job, update: JsonObject): void {
    this.#set(job, mergeAnnotations(job.annotations, update));
  }

  /** Drops one member, or all; silent where there is nothing to drop. */
  drop(job: Job, key?: string): void {
    if (key === undefined ? job.annotations : job.annotations?.[key]) {
      this.#set(job, key === undefined ? undefined : withoutAnnotation(job.annotations, key));
    }
  }

  #set(job: Job, annotations: JsonObject | undefined): void {
    job.annotations = annotations;
    this.#events.post(job, 'annotations', { annotations: annotations ?? null }, { volatile: true });
  }
}
