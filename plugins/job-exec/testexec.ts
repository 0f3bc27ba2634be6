import { type JsonObject, parseFsd, t, type Undo } from 'flux';
import { ExecFailure, type Launcher, type LauncherEvents } from './launcher';

/** Run time of a test job that says nothing about it, in seconds. */
const DEFAULT_RUN_SECONDS = 1e-5;

/** `attributes.system.exec.test` (docs/protocol/job-exec.md §11). */
export interface TestConf {
  /** Seconds; 0 runs until it is killed or overridden. */
  runDuration: number;
  waitStatus: number;
  mockException: string | undefined;
  override: boolean;
  reattachFinish: boolean;
}

const testSchema = t.wire({
  run_duration: t.optional(t.string()),
  wait_status: t.int({ default: 0 }),
  mock_exception: t.optional(t.string()),
  override: t.int({ default: 0 }),
  reattach_finish: t.int({ default: 0 }),
});

/** Reads the test configuration; the error's message says what is wrong with it. */
export function readTestConf(test: JsonObject, duration: unknown, warn: (text: string) => void): TestConf {
  const conf = testSchema.parse(test);
  const fallback = typeof duration === 'number' ? duration : DEFAULT_RUN_SECONDS;
  return {
    runDuration: runDuration(conf.run_duration, fallback, warn),
    waitStatus: conf.wait_status,
    mockException: conf.mock_exception,
    override: conf.override !== 0,
    reattachFinish: conf.reattach_finish !== 0,
  };
}

function runDuration(given: string | undefined, fallback: number, warn: (text: string) => void): number {
  if (given === undefined) return fallback;
  try {
    return parseFsd(given);
  } catch {
    warn(`Unable to parse run duration: ${given}`);
    return fallback;
  }
}

/** A job without shells: it runs for a time and ends with a status of its own choice. */
export class TestLauncher implements Launcher {
  readonly #conf: TestConf;
  readonly #events: LauncherEvents;
  readonly #after: (ms: number, fn: () => void) => Undo;
  readonly #seconds: number;
  #finish: (status: number) => void = () => {};
  #timer: Undo | undefined;
  #started = false;
  #ended = false;

  /** `elapsed`: seconds it has run already, for a job that was taken over. Throws ExecFailure if the job is to fail before it begins. */
  constructor(conf: TestConf, events: LauncherEvents, after: (ms: number, fn: () => void) => Undo, elapsed?: number) {
    if (conf.mockException === 'init') throw new ExecFailure('mock initialization exception generated');
    this.#conf = conf;
    this.#events = events;
    this.#after = after;
    this.#seconds = elapsed === undefined ? conf.runDuration : Math.max(0, conf.runDuration - elapsed);
    if (elapsed !== undefined) {
      this.#started = true;
      if (conf.reattachFinish) this.#seconds = 0;
    }
  }

  get started(): boolean {
    return this.#started;
  }

  get conf(): TestConf {
    return this.#conf;
  }

  run(): Promise<number> {
    const status = new Promise<number>((resolve) => {
      this.#finish = (value) => {
        if (this.#ended) return;
        this.#ended = true;
        this.#timer?.();
        resolve(value);
      };
    });
    if (this.#started) this.#arm(true);
    else if (!this.#conf.override) this.start();
    return status;
  }

  /** Tells that the job runs (override: `start`). */
  start(): void {
    this.#started = true;
    this.#events.onStarted();
    if (this.#conf.mockException === 'run') this.#events.onFailure('mock run exception generated');
    else this.#arm(false);
  }

  /** Ends the job with a wait status (override: `finish`). */
  finish(status: number): void {
    this.#finish(status);
  }

  kill(signum: number): void {
    this.#finish(signum);
  }

  #arm(takenOver: boolean): void {
    const endless = this.#conf.runDuration === 0;
    if (endless && !(takenOver && this.#conf.reattachFinish)) return;
    this.#timer = this.#after(this.#seconds * 1000, () => this.#finish(this.#conf.waitStatus));
  }
}
