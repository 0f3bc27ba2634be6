import { fnmatch } from '../../formats/fnmatch';
import { isJsonObject, type JsonObject } from '../../formats/json';
import type { Message } from '../../message';
import type { Undo } from '../../plugin/types/common';

/** Called with an event's payload, `{}` where that is no JSON object, and with the event itself. */
export type ShellEventHandler = (payload: JsonObject, message: Message) => void | Promise<void>;

/** Handlers of the events `shell-JOBID.SUBTOPIC` (flux_shell_add_event_handler(3)). */
export class ShellEvents {
  readonly #handlers = new Set<{ glob: string; handler: ShellEventHandler }>();
  readonly #guard: (handler: ShellEventHandler) => (payload: JsonObject, message: Message) => void;
  /** The beginning of all their topics. */
  readonly prefix: string;

  /** `guard`: wraps a handler, so that it can't throw. */
  constructor(jobid: bigint, guard: (handler: ShellEventHandler) => (payload: JsonObject, message: Message) => void) {
    this.prefix = `shell-${jobid}.`;
    this.#guard = guard;
  }

  add(glob: string, handler: ShellEventHandler): Undo {
    const registered = { glob, handler };
    this.#handlers.add(registered);
    return () => void this.#handlers.delete(registered);
  }

  /** Gives an event, whose topic begins with the prefix, to those whose glob matches the rest of it. */
  dispatch(event: Message): void {
    const subtopic = event.topic!.slice(this.prefix.length);
    const payload = event.payload?.isText ? payloadOf(event) : {};
    for (const { glob, handler } of [...this.#handlers]) if (fnmatch(glob, subtopic)) this.#guard(handler)(payload, event);
  }

  clear(): void {
    this.#handlers.clear();
  }
}

function payloadOf(event: Message): JsonObject {
  try {
    const payload: unknown = event.json();
    return isJsonObject(payload) ? payload : {};
  } catch {
    return {};
  }
}
