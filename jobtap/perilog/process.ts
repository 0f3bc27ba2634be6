import {
  type ErrnoCode,
  errorText,
  type Flux,
  isErrno,
  type JobtapContext,
  type JobtapJob,
  LogLevel,
  RemoteProcess,
  signals,
  toFluxError,
} from 'flux';
import { f58 } from 'flux/internal';

// The lines are the job manager's own, with the job in front (docs/protocol/jobtap.md §5.3).

/** Which of the two a process is: in log lines and events. */
export type Phase = 'prolog' | 'epilog';

/** Wait statuses that stand for a failed exec, by errno (docs/protocol/jobtap.md §5.3). */
const execFailures: Readonly<Partial<Record<ErrnoCode, number>>> = { ENOENT: 32512, EPERM: 32256, EACCES: 32256, EHOSTUNREACH: 17408 };
const OTHER_FAILURE = 256;

/** A prolog or epilog of one job, run by the broker of rank 0. Its output is logged. */
export class PerilogProcess {
  readonly #process: RemoteProcess;
  readonly #p: JobtapContext;
  readonly #label: string;
  readonly #phase: Phase;
  #killing = false;
  #cancelKill: (() => void) | undefined;
  readonly #partial: Record<string, string> = {};

  constructor(p: JobtapContext, flux: Flux, job: JobtapJob, phase: Phase, argv: readonly string[]) {
    this.#p = p;
    this.#phase = phase;
    this.#label = `${job.id}: ${phase}`;
    this.#process = new RemoteProcess(
      flux,
      0,
      { argv, cwd: '.', env: environment(p.env, job) },
      { onOutput: (stream, data) => this.#log(stream, data), onRunning: () => this.#killing && this.#signal(signals.SIGTERM) },
    );
  }

  /** Resolves with the wait status, also of what could not be started. Never rejects. */
  async status(): Promise<number> {
    try {
      return await this.#process.completed;
    } catch (e) {
      const status = execFailures[toFluxError(e).code] ?? OTHER_FAILURE;
      this.#p.flux.log(LogLevel.err, `${this.#phase} Exec Failed: code=${status}`);
      return status;
    } finally {
      this.#cancelKill?.();
      for (const [stream, rest] of Object.entries(this.#partial)) if (rest !== '') this.#log(stream, Buffer.from('\n'));
    }
  }

  /** SIGTERM, and SIGKILL if that doesn't help within so many seconds. */
  kill(timeout: number): void {
    if (this.#killing) return;
    this.#killing = true;
    if (this.#process.pid !== undefined) this.#signal(signals.SIGTERM);
    this.#cancelKill = this.#p.after(timeout * 1000, () => this.#signal(signals.SIGKILL));
  }

  #signal(signum: number): void {
    this.#process.kill(signum).catch((e: unknown) => {
      if (!isErrno(e, 'ESRCH') && !isErrno(e, 'ENOENT')) this.#p.flux.log(LogLevel.err, `${this.#label}: kill: ${errorText(e)}`);
    });
  }

  #log(stream: string, data: Buffer): void {
    const lines = `${this.#partial[stream] ?? ''}${data.toString('utf8')}`.split('\n');
    this.#partial[stream] = lines.pop()!;
    const level = stream === 'stderr' ? LogLevel.err : LogLevel.info;
    for (const line of lines) this.#p.flux.log(level, `${this.#label}: ${stream}: ${line}`);
  }
}

/** The broker's environment, and what tells the command which job it is for. */
function environment(env: JobtapContext['env'], job: JobtapJob): Record<string, string> {
  const known = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(known), FLUX_JOB_ID: f58(job.id, env), FLUX_JOB_USERID: String(job.userid) };
}
