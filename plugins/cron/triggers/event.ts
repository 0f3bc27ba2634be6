import { type JsonObject, real, t, type Undo } from 'flux';
import { argumentsOf } from '../arguments';
import type { Trigger, TriggerHost } from '../trigger';

const eventArguments = t.wire({
  topic: t.string(),
  nth: t.int({ default: 0 }),
  after: t.int({ default: 0 }),
  min_interval: t.number({ default: 0 }),
});

/** Runs on events of a topic (a glob is allowed): from the `after`th on, every `nth`, and not more often than every `min_interval` seconds. */
export class EventTrigger implements Trigger {
  readonly #host: TriggerHost;
  readonly #topic: string;
  readonly #nth: number;
  readonly #after: number;
  readonly #minInterval: number;
  #counter = 0;
  #unsubscribe: Promise<() => Promise<void>> | undefined;
  /** A run that was put off. */
  #delayed: Undo | undefined;

  constructor(host: TriggerHost, args: JsonObject) {
    this.#host = host;
    const { topic, nth, after, min_interval } = argumentsOf(eventArguments, args);
    this.#topic = topic;
    this.#nth = nth;
    this.#after = after;
    this.#minInterval = min_interval;
  }

  async start(): Promise<void> {
    this.#counter = 0;
    this.#unsubscribe = this.#host.m.subscribe(this.#topic, (_, { topic }) => this.#onEvent(topic ?? ''));
    await this.#unsubscribe;
  }

  async stop(): Promise<void> {
    this.#delayed?.();
    this.#delayed = undefined;
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    await (await unsubscribe)?.();
  }

  toJSON(): object {
    return { topic: this.#topic, nth: this.#nth, after: this.#after, counter: this.#counter, min_interval: real(this.#minInterval) };
  }

  #onEvent(topic: string): void {
    if (!this.#unsubscribe || !this.#matches(topic)) return;
    this.#counter++;
    if (this.#delayed || this.#counter < this.#after) return;
    if (this.#nth > 0 && (this.#counter - this.#after) % this.#nth !== 0) return;
    const wait = this.#minInterval - (Date.now() / 1000 - this.#host.lastrun);
    if (wait > 0) this.#delay(wait);
    else this.#host.fire();
  }

  /** A subscription to a plain topic also brings those that begin with it. */
  #matches(topic: string): boolean {
    return topic === this.#topic || /[*?[\\]/.test(this.#topic);
  }

  #delay(seconds: number): void {
    this.#host.log.debug(`${this.#host.label}: delaying ${seconds.toFixed(3)}s due to min interval`);
    this.#delayed = this.#host.m.after(seconds * 1000, () => {
      this.#delayed = undefined;
      this.#host.fire();
    });
  }
}
