import type { DecodedEntry } from '../formats/eventlog';
import { FluxError } from '../sys/errors';
import { endedBySignal, exitCode, terminatingSignal } from '../sys/waitstatus';
import { isFatal, JobException, MAIN_EVENTS, type MainEvent } from './job-events';

type EventCallback = (future: JobFuture, entry: DecodedEntry) => void;

/** Called by the executor, to tell a future how its job fares. */
export interface JobSource {
  /** The job is on its way; false if the future was canceled. */
  begin(): boolean;
  accepted(id: bigint): void;
  event(entry: DecodedEntry): void;
  /** Its eventlog is over. */
  ended(): void;
  /** It was refused, or can't be followed. */
  failed(error: unknown): void;
}

/** A job of a JobExecutor: its id, its events and its result. */
export class JobFuture {
  readonly #id = settleable<bigint>();
  readonly #result = settleable<number>();
  readonly #entries: DecodedEntry[] = [];
  readonly #callbacks: { name: MainEvent; callback: EventCallback }[] = [];
  readonly #report: (error: unknown) => void;
  #state: 'waiting' | 'sent' | 'canceled' = 'waiting';

  /** A future and what moves it. `report` gets what callbacks throw. */
  static create(report: (error: unknown) => void): { future: JobFuture; source: JobSource } {
    const future = new JobFuture(report);
    return { future, source: future.#source() };
  }

  private constructor(report: (error: unknown) => void) {
    this.#report = report;
    // Nobody has to look at them.
    this.#id.promise.catch(() => {});
    this.#result.promise.catch(() => {});
  }

  /** The job's id, once it is accepted. Rejects with what submission failed with. */
  jobId(): Promise<bigint> {
    return this.#id.promise;
  }

  /**
   * The exit code of the job, or minus the signal that ended its shell. Rejects with JobException if a fatal exception came first, and with
   * what submission failed with.
   */
  result(): Promise<number> {
    return this.#result.promise;
  }

  /** Calls back with the id, at once if it is known. */
  onJobId(callback: (future: JobFuture, id: bigint) => void): this {
    this.#id.promise.then(
      (id) => this.#call(() => callback(this, id)),
      () => {}, // there will be none
    );
    return this;
  }

  /** Calls back for each main event of a name, those already seen included. @throws FluxError EINVAL for a name that no main event has */
  onEvent(name: MainEvent, callback: EventCallback): this {
    if (!MAIN_EVENTS.includes(name)) throw new FluxError('EINVAL', `${name} is no event of a job: ${MAIN_EVENTS.join(', ')}`);
    this.#callbacks.push({ name, callback });
    for (const entry of this.#entries) if (entry.name === name) this.#call(() => callback(this, entry));
    return this;
  }

  /** Takes the job back if it has not gone out yet, and tells whether it did. To cancel a job that was submitted, use cancelJob(). */
  cancel(): boolean {
    if (this.#state === 'sent') return false;
    this.#state = 'canceled';
    this.#fail(new FluxError('ECANCELED'));
    return true;
  }

  #source(): JobSource {
    return {
      begin: () => {
        if (this.#state === 'waiting') this.#state = 'sent';
        return this.#state === 'sent';
      },
      accepted: (id) => this.#id.resolve(id),
      event: (entry) => this.#event(entry),
      ended: () => this.#result.reject(new FluxError('ENODATA', "eventlog ended before event='finish'")),
      failed: (error) => this.#fail(error),
    };
  }

  /** Whatever is settled already stays so. */
  #fail(error: unknown): void {
    this.#id.reject(error);
    this.#result.reject(error);
  }

  #event(entry: DecodedEntry): void {
    this.#entries.push(entry);
    for (const { name, callback } of this.#callbacks) if (name === entry.name) this.#call(() => callback(this, entry));
    if (entry.name === 'finish') this.#result.resolve(codeOf(Number(entry.context?.['status'])));
    else if (isFatal(entry)) this.#result.reject(new JobException(entry));
  }

  #call(callback: () => void): void {
    try {
      callback();
    } catch (e) {
      this.#report(e);
    }
  }
}

const codeOf = (status: number) => (endedBySignal(status) ? -terminatingSignal(status) : exitCode(status));

/** A promise and what settles it. */
function settleable<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let settle!: { resolve: (value: T) => void; reject: (reason: unknown) => void };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}
