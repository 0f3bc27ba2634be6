import { FluxError, RemoteProcess, real, shellExitCode, signals, toFluxError, type Undo } from 'flux';
import { wallSeconds } from 'flux/internal';
import type { CronContext, Entry } from './types';

/** Errors of a start that say that the command could not be executed; any other failure is the exec service's. */
const execErrors = new Set(['ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'E2BIG']);

/** What to run, and where. */
export interface TaskSpec {
  rank: number;
  /** For `sh -c`. */
  command: string;
  cwd: string;
  /** As the creator of the entry gave it: an object, of strings if it is right; undefined: the broker's. */
  environ?: Record<string, unknown> | undefined;
  /** Seconds from its start to SIGTERM; not above 0: none. */
  timeout: number;
}

export interface TaskEvents {
  /** A line of output, without its newline, never empty. */
  onLine(stream: string, line: string): void;
}

/** One run of a cron entry's command (docs/protocol/cron-heartbeat-barrier.md §1.2, "Task object"). */
export class CronTask {
  readonly #m: CronContext;
  readonly #spec: TaskSpec;
  readonly #events: TaskEvents;
  readonly #created = wallSeconds();
  #started: number | undefined;
  #running: number | undefined;
  #ended: number | undefined;
  #process: RemoteProcess | undefined;
  #pid = 0;
  #status = 0;
  #timedOut = false;
  #timer: Undo | undefined;
  #rexecError: FluxError | undefined;
  #execError: FluxError | undefined;

  constructor(m: CronContext, spec: TaskSpec, events: TaskEvents) {
    this.#m = m;
    this.#spec = spec;
    this.#events = events;
  }

  get deferred(): boolean {
    return this.#started === undefined;
  }

  get failed(): boolean {
    return this.#status !== 0 || this.#rexecError !== undefined || this.#execError !== undefined;
  }

  /** Raw wait status; 0 until it has exited. */
  get status(): number {
    return this.#status;
  }

  /** The exec service could not run it. */
  get rexecError(): FluxError | undefined {
    return this.#rexecError;
  }

  /** The command could not be executed. */
  get execError(): FluxError | undefined {
    return this.#execError;
  }

  get state(): string {
    if (this.#rexecError) return 'Rexec Failure';
    if (this.#execError) return 'Exec Failure';
    if (this.deferred) return 'Deferred';
    if (this.#ended === undefined) return 'Running';
    if (this.#timedOut) return 'Timeout';
    return this.#status === 0 ? 'Exited' : 'Failed';
  }

  /** Runs it to its end. Never rejects: what goes wrong is in its state. */
  async run(): Promise<void> {
    const { rank, command, cwd, environ } = this.#spec;
    this.#started = wallSeconds();
    try {
      this.#process = new RemoteProcess(
        this.#m.flux,
        rank,
        { argv: ['sh', '-c', command], cwd, ...(environ ? { env: strings(environ) } : {}) },
        {
          onRunning: ({ pid }) => this.#onRunning(pid!),
          onOutput: (stream, data) => this.#onOutput(stream, data),
        },
      );
      this.#status = await this.#process.completed;
    } catch (e) {
      this.#fail(toFluxError(e));
    } finally {
      this.#timer?.();
      this.#ended = wallSeconds();
    }
  }

  /** SIGTERM, if it runs. */
  kill(): void {
    this.#process?.kill(signals.SIGTERM).catch(() => {}); // it has just ended
  }

  toJSON(): Entry['tasks'][number] {
    return {
      rank: this.#spec.rank,
      pid: this.#pid,
      status: this.#status,
      state: this.state,
      'create-time': real(this.#created),
      'start-time': optional(this.#started),
      'running-time': optional(this.#running),
      'end-time': optional(this.#ended),
      code: this.#ended === undefined ? undefined : shellExitCode(this.#status),
      timedout: this.#timedOut ? true : undefined,
      rexec_errno: this.#rexecError?.errnum,
      exec_errno: this.#execError?.errnum,
    };
  }

  #onRunning(pid: number): void {
    this.#pid = pid;
    this.#running = wallSeconds();
    const { timeout } = this.#spec;
    if (timeout > 0) {
      this.#timer = this.#m.after(timeout * 1000, () => {
        this.#timedOut = true;
        this.kill();
      });
    }
  }

  #onOutput(stream: string, data: Buffer): void {
    for (const line of data.toString('utf8').split('\n')) if (line !== '') this.#events.onLine(stream, line);
  }

  #fail(error: FluxError): void {
    if (this.#pid === 0 && execErrors.has(error.code)) this.#execError = error;
    else this.#rexecError = error;
  }
}

const optional = (time: number | undefined) => (time === undefined ? undefined : real(time));

/** The exec service refuses what is no string. @throws FluxError EPROTO */
function strings(environ: Record<string, unknown>): Record<string, string> {
  if (!Object.values(environ).every((value) => typeof value === 'string')) throw new FluxError('EPROTO');
  return environ as Record<string, string>;
}
