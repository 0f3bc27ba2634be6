import { type AnyCall, type Dependency, FluxError, type JobState, type JobtapOut, type JsonObject, type StateCall } from 'flux';
import { type JobEvent, plain } from '../job';

const MAX_TEXT = 1023;

/** What a call is about, beside the job. */
export interface CallDetails {
  event?: JobEvent;
  prevState?: JobState;
  dependency?: Dependency;
}

/** Thrown by `call.reject`. */
export class Rejection extends FluxError {}

/** One call of a topic over the stack: the second argument of all handlers. */
export class Call implements AnyCall {
  readonly topic: string;
  readonly #details: CallDetails;
  #out: JobtapOut = {};
  /** Listed name of the plugin whose handler runs. */
  plugin = '';
  /** What ended the chain. */
  failure: unknown;

  constructor(topic: string, details: CallDetails = {}) {
    this.topic = topic;
    this.#details = details;
  }

  get out(): Readonly<JobtapOut> {
    return this.#out;
  }
  get entry(): StateCall['entry'] {
    const { event } = this.#details;
    if (!event) return undefined;
    const { timestamp, name, context } = event;
    return { timestamp, name, ...(context ? { context: plain(context) as JsonObject } : {}) };
  }
  get prevState(): JobState | undefined {
    return this.#details.prevState;
  }
  // Always there where the topic has one; typed so for DependencyCall, whose handlers get this very object.
  get dependency(): Dependency {
    return this.#details.dependency as Dependency;
  }

  set(out: JobtapOut, options: { replace?: boolean } = {}): void {
    this.#out = options.replace ? { ...out } : { ...this.#out, ...out };
  }

  reject(text = `rejected by job-manager plugin '${this.plugin}'`): never {
    const errmsg = cutText(text);
    this.set({ errmsg });
    throw new Rejection('EINVAL', errmsg);
  }

  /** Merges what a handler returned. */
  fold(result: unknown): void {
    if (result === undefined) return;
    if (result === 'unavailable') this.set({ priority: 'unavailable' });
    else if (typeof result === 'object' && result !== null && !Array.isArray(result)) this.set(result as JobtapOut);
    else throw new FluxError('EINVAL', `returned ${JSON.stringify(result)}, where an object or nothing is expected`);
  }
}

/** A text as it stands in events and errors: cut at 1023 bytes, the cut marked by `+`. */
export function cutText(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= MAX_TEXT) return text;
  const cut = bytes.toString('utf8', 0, MAX_TEXT - 1);
  return `${cut.replace(/\ufffd+$/, '')}+`;
}
