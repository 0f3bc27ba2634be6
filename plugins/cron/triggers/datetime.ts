import { FluxError, real, type Undo, wakeAfter } from 'flux';
import { fieldNames, fieldSpecs, parseField } from '../datetime/field';
import { type FieldSets, nextMatch } from '../datetime/next';
import type { Trigger, TriggerHost } from '../trigger';

/** `next_wakeup` where there is none. */
const NEVER = 1e19;

/** Runs whenever the local date and time match all fields. */
export class DatetimeTrigger implements Trigger {
  readonly #host: TriggerHost;
  readonly #sets: FieldSets;
  /** Milliseconds since the epoch. */
  #due: number | undefined;
  #timer: Undo | undefined;

  constructor(host: TriggerHost, args: Record<string, unknown>) {
    this.#host = host;
    this.#sets = Object.fromEntries(fieldNames.map((name) => [name, parseField(fieldSpecs[name], args[name])])) as unknown as FieldSets;
  }

  start(): void {
    this.#due = nextMatch(this.#sets, Date.now());
    if (this.#due !== undefined) this.#arm(this.#due);
    else {
      if (!this.#host.hasRunsLeft) {
        this.#host.log.err(`${this.#host.label}: Unable to get next wakeup. Stopping.: ${new FluxError('ERANGE').message}`);
      }
      this.#host.stop();
    }
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  toJSON(): object {
    const sets = Object.fromEntries(fieldNames.map((name) => [name, this.#sets[name].encode()]));
    return { next_wakeup: real(this.#due === undefined ? NEVER : this.#due / 1000), ...sets };
  }

  /** The clock may be set while it waits: it looks again when it wakes. */
  #arm(due: number): void {
    this.#timer = wakeAfter(this.#host.m, due - Date.now(), () => {
      if (Date.now() < due) this.#arm(due);
      else {
        this.#timer = undefined;
        this.start();
        this.#host.fire();
      }
    });
  }
}
