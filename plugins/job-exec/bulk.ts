import {
  endedBySignal,
  errorText,
  type FluxError,
  isErrno,
  type JsonObject,
  RemoteProcess,
  shellService,
  terminatingSignal,
  toFluxError,
} from 'flux';
import type { Launcher, LauncherEvents } from './launcher';

/** Exit codes of shells that could not be run, by errno. */
const failureCodes: Readonly<Record<string, number>> = { EPERM: 126, EACCES: 126, ENOENT: 127, EHOSTUNREACH: 68 };

export interface BulkLauncherOptions {
  ranks: readonly number[];
  argv: readonly string[];
  cwd: string;
  env: Record<string, string>;
  /** The IMP, for a job of another user, and what it reads on stdin. */
  imp?: { path: string; input: string };
  /** Test hook: `init` or `starting` (docs/protocol/job-exec.md §11). */
  mockException?: string;
  hostname(rank: number): string;
  /** Name of the service that the job's shells answer to. */
  service: string;
  logError(text: string): void;
  logInfo(text: string): void;
}

/** One shell per rank, run by the broker there (docs/protocol/job-exec.md §6). */
export class BulkLauncher implements Launcher {
  readonly #flux: ConstructorParameters<typeof RemoteProcess>[0];
  readonly #options: BulkLauncherOptions;
  readonly #events: LauncherEvents;
  readonly #shells: RemoteProcess[] = [];
  #running = 0;
  /** Shells that have ended, or could not be run. */
  #ended = 0;
  #dropped = false;
  /** The last signal: what a shell gets that begins to run after it. */
  #signum = 0;
  #status = 0;
  #started = false;

  constructor(flux: ConstructorParameters<typeof RemoteProcess>[0], options: BulkLauncherOptions, events: LauncherEvents) {
    this.#flux = flux;
    this.#options = options;
    this.#events = events;
  }

  get started(): boolean {
    return this.#started;
  }

  async run(): Promise<number> {
    const { ranks, mockException } = this.#options;
    if (mockException === 'init') {
      this.#events.onFailure('mock init exception generated');
      return 256;
    }
    const ended: Promise<void>[] = [];
    for (const rank of ranks) {
      if (this.#dropped) break;
      ended.push(this.#launch(rank));
    }
    if (mockException === 'starting') this.#events.onFailure('mock starting exception generated');
    await Promise.all(ended);
    return this.#status;
  }

  kill(signum: number): void {
    this.#dropped = true;
    this.#signum = signum;
    for (const shell of this.#shells) if (shell.running) this.#killShell(shell, signum);
  }

  #killShell(shell: RemoteProcess, signum: number): void {
    this.#signal(shell, signum).catch((e) => {
      if (isErrno(e, 'ENOENT') || isErrno(e, 'ESRCH')) return; // it has just ended
      this.#options.logError(`exec_kill: ${this.#where(shell.rank)}: ${errorText(e)}`);
    });
  }

  async #launch(rank: number): Promise<void> {
    const { argv, cwd, env } = this.#options;
    const component = argv[0]!.slice(argv[0]!.lastIndexOf('/') + 1);
    const shell = new RemoteProcess(
      this.#flux,
      rank,
      { argv, cwd, env },
      {
        onRunning: (running) => this.#onRunning(running),
        onExit: (status) => this.#onExit(rank, status),
        onOutput: (stream, data) => {
          for (const line of splitLines(data)) this.#events.onOutput(component, rank, stream, line);
        },
      },
    );
    this.#shells.push(shell);
    try {
      this.#raise(await shell.completed);
    } catch (e) {
      this.#onFailed(rank, toFluxError(e));
    }
  }

  #onRunning(shell: RemoteProcess): void {
    if (this.#dropped) {
      if (this.#signum > 0) this.#killShell(shell, this.#signum);
      return;
    }
    if (++this.#running < this.#options.ranks.length) return;
    this.#started = true;
    this.#events.onStarted();
    const { imp } = this.#options;
    if (!imp) return;
    for (const shell of this.#shells) {
      shell.write('stdin', Buffer.from(imp.input));
      shell.end('stdin');
    }
  }

  /** A shell that was killed can't tell the others, whose tasks may wait for its own: unless it was the last, the job can't go on. */
  #onExit(rank: number, status: number): void {
    this.#ended++;
    if (this.#dropped || !endedBySignal(status) || this.#ended === this.#options.ranks.length) return;
    this.#events.onFailure(`job shell on broker ${this.#where(rank)} was killed by signal ${terminatingSignal(status)}`);
    this.#tellLost(rank);
  }

  /** The leader of the shells need not wait for what a lost one would still have sent. */
  #tellLost(rank: number): void {
    const lost = shellService.lost.at(this.#options.service);
    for (const shell of this.#shells) if (shell.running) this.#flux.tell(lost, { rank }, { nodeid: shell.rank });
  }

  #onFailed(rank: number, error: FluxError): void {
    this.#ended++;
    this.#raise((failureCodes[error.code] ?? 1) << 8);
    const where = this.#where(rank);
    if (error.code === 'EHOSTUNREACH') {
      this.#events.onFailure(`lost contact with job shell on broker ${where}`);
      this.#tellLost(rank);
    } else this.#events.onFailure(`job shell exec error on broker ${where}: ${error.message}`);
  }

  /** The job's status is the largest of all shells. */
  #raise(status: number): void {
    this.#status = Math.max(this.#status, status);
  }

  async #signal(shell: RemoteProcess, signum: number): Promise<void> {
    const { imp } = this.#options;
    if (!imp) return shell.kill(signum);
    const helper = new RemoteProcess(
      this.#flux,
      shell.rank,
      { argv: [imp.path, 'kill', String(signum), String(shell.pid)], cwd: '/tmp' },
      {
        onOutput: (stream, data) => {
          for (const line of splitLines(data)) this.#options.logInfo(`rank${shell.rank}: flux-imp kill: ${stream}: ${line.trimEnd()}`);
        },
      },
    );
    await helper.completed;
  }

  #where(rank: number): string {
    return `${this.#options.hostname(rank)} (rank ${rank})`;
  }
}

/** Lines with their newline; the last may have none. */
function splitLines(data: Buffer): string[] {
  return data.toString('utf8').match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** `attributes.system.exec.bulkexec.mock_exception`, if it is there. */
export function mockExceptionOf(exec: JsonObject | undefined): string | undefined {
  const bulk = exec?.['bulkexec'] as JsonObject | undefined;
  return typeof bulk?.['mock_exception'] === 'string' ? bulk['mock_exception'] : undefined;
}
