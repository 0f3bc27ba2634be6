import type { JsonObject } from '../../formats/json';
import { FluxError } from '../../sys/errors';

/** An entry of exec.eventlog that a job's leader makes. */
export type ShellEvent = 'shell.init' | 'shell.start';

/** The contexts of a shell's entries in exec.eventlog, as they grow until the entry is made. */
export class EventContexts {
  readonly #contexts: Readonly<Record<ShellEvent, JsonObject>> = { 'shell.init': {}, 'shell.start': {} };

  /** Merges into the context of an event, later keys win. @throws FluxError EINVAL if there is no such event */
  add(event: string, context: object): void {
    if (!Object.hasOwn(this.#contexts, event)) throw new FluxError('EINVAL', `addEventContext: no event ${String(event)}`);
    Object.assign(this.#contexts[event as ShellEvent], context);
  }

  of(event: ShellEvent): JsonObject {
    return this.#contexts[event];
  }
}
