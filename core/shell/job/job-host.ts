import { type ShellHost, ShellLogLevel } from '../../plugin/types/shell-objects';
import { callSite, type ShellLog } from '../log';
import type { ShellOptions } from '../shell-options';
import { Holds } from './holds';
import type { Initialization } from './initialization';

/** The process and host of a shell. Its directory and verbosity are its own: initrc and jobspec change them. */
export class JobHost implements ShellHost {
  readonly #options: ShellOptions;
  readonly #log: ShellLog;
  readonly #initialization: Initialization;
  readonly #holds = new Holds();
  #cwd: string;
  #verbose: number;
  #setStarted: () => void = () => {};
  readonly started = new Promise<void>((resolve) => {
    this.#setStarted = resolve;
  });

  constructor(options: ShellOptions, log: ShellLog, initialization: Initialization) {
    this.#options = options;
    this.#log = log;
    this.#initialization = initialization;
    this.#cwd = options.cwd;
    this.#verbose = options.verbose;
  }

  get hostname(): string {
    return this.#options.hostname;
  }

  get userid(): number {
    return this.#options.userid;
  }

  get env(): ShellOptions['env'] {
    return this.#options.env;
  }

  get cwd(): string {
    return this.#cwd;
  }

  get standalone(): boolean {
    return this.#options.standalone;
  }

  get verbose(): number {
    return this.#verbose;
  }

  get namespace(): string {
    return this.#options.env['FLUX_KVS_NAMESPACE'] ?? `job-${this.#options.jobid}`;
  }

  stdout(data: string | Buffer): void {
    this.#options.stdout(data);
  }

  stderr(text: string): void {
    this.#options.stderr(text);
  }

  error(message: string): void {
    this.#log.say(ShellLogLevel.ERROR, message, { site: callSite(this.error) });
  }

  initialized(promise: Promise<unknown>): void {
    this.#initialization.add(promise);
  }

  holdHandle(promise: Promise<unknown>): void {
    this.#holds.add(promise);
  }

  // ---- for the shell

  /** Makes a directory the one that relative paths begin in, and tasks. */
  enter(directory: string): void {
    this.#cwd = directory;
  }

  beVerbose(level: number): void {
    this.#verbose = level;
  }

  /** shell.start is in the log of events. */
  setStarted(): void {
    this.#setStarted();
  }

  /** Resolves when all that holds the handle is settled, or when it has taken too long. */
  releaseHandle(): Promise<void> {
    return this.#holds.release();
  }
}
