import { FluxError, type JsonObject, real, t, type Undo } from 'flux';
import { argumentsOf } from '../arguments';
import type { Trigger, TriggerHost } from '../trigger';

const intervalArguments = t.wire({ interval: t.number(), after: t.optional(t.number()) });

/** Runs after `after` seconds, then every `interval` seconds; an interval of 0 runs once. Stopped, it keeps the time that was left. */
export class IntervalTrigger implements Trigger {
  readonly #host: TriggerHost;
  readonly #interval: number;
  readonly #after: number;
  /** When it fires, on the monotonic clock in ms; only while it runs. */
  #due = 0;
  /** Milliseconds that were left when it was stopped. */
  #left: number;
  #timer: Undo | undefined;

  constructor(host: TriggerHost, args: JsonObject) {
    this.#host = host;
    const { interval, after = interval } = argumentsOf(intervalArguments, args);
    if (interval < 0) throw new FluxError('EINVAL');
    this.#interval = interval;
    this.#after = after < 0 ? interval : after;
    this.#left = this.#after * 1000;
  }

  start(): void {
    this.#due = performance.now() + this.#left;
    this.#arm();
  }

  stop(): void {
    this.#left = Math.max(this.#due - performance.now(), 0);
    this.#timer?.();
    this.#timer = undefined;
  }

  toJSON(): object {
    const left = this.#timer ? this.#due - performance.now() : this.#left;
    return { interval: real(this.#interval), after: real(this.#after), next_wakeup: real((Date.now() + left) / 1000) };
  }

  #arm(): void {
    this.#timer = this.#host.m.after(this.#due - performance.now(), () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#interval > 0) {
      // at fixed spacing, however late this turn of the event loop is
      this.#due += this.#interval * 1000;
      this.#arm();
    } else this.#left = 0;
    this.#host.fire();
  }
}
