import { FluxError, type JsonObject, real, type Undo } from 'flux';
import { fieldNames, fieldSpecs, parseField } from '../datetime/field';
import { type FieldSets, nextMatch, type Schedule } from '../datetime/next';
import type { Trigger, TriggerHost } from '../trigger';

/** `next_wakeup` where there is none. */
const NEVER = 1e19;
/** Values of the argument `days`: a day must have both its day of month and its weekday right (the default), or one of them. */
const BOTH = 'both';
const EITHER = 'either';

/** Runs whenever the local date and time match, or once at a time that is given. */
export class DatetimeTrigger implements Trigger {
  readonly #host: TriggerHost;
  readonly #schedule: Schedule;
  /** Seconds since the epoch. */
  readonly #time: number | undefined;
  /** Milliseconds since the epoch. */
  #due: number | undefined;
  #timer: Undo | undefined;

  constructor(host: TriggerHost, args: JsonObject) {
    this.#host = host;
    const sets = Object.fromEntries(fieldNames.map((name) => [name, parseField(fieldSpecs[name], args[name])])) as unknown as FieldSets;
    this.#schedule = { sets, eitherDay: eitherDay(args['days']) };
    this.#time = timeOf(args['time']);
  }

  start(): void {
    this.#due = this.#next(Date.now());
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
    const sets = Object.fromEntries(fieldNames.map((name) => [name, this.#schedule.sets[name].encode()]));
    return {
      next_wakeup: real(this.#due === undefined ? NEVER : this.#due / 1000),
      ...sets,
      ...(this.#schedule.eitherDay ? { days: EITHER } : {}),
      ...(this.#time === undefined ? {} : { time: real(this.#time) }),
    };
  }

  #next(now: number): number | undefined {
    if (this.#time === undefined) return nextMatch(this.#schedule, now);
    return this.#time * 1000 > now ? this.#time * 1000 : undefined;
  }

  /** The clock may be set while it waits: it looks again when it wakes. */
  #arm(due: number): void {
    this.#timer = this.#host.m.after(due - Date.now(), () => {
      if (Date.now() < due) this.#arm(due);
      else {
        this.#timer = undefined;
        this.start();
        this.#host.fire();
      }
    });
  }
}

function eitherDay(value: unknown): boolean {
  if (value !== undefined && value !== EITHER && value !== BOTH) throw new FluxError('EINVAL');
  return value === EITHER;
}

function timeOf(value: unknown): number | undefined {
  if (value !== undefined && typeof value !== 'number') throw new FluxError('EINVAL');
  return value;
}
