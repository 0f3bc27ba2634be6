import { sessionMembers } from '../sys/process-table';
import { killIfThere, signals } from '../sys/signals';
import { type Child, spawnProcess } from '../sys/spawn';
import { HOST_CHANNEL_FD, HostChannel, type HostedCommand, type HostReport, type HostRequest } from './host-channel';
import { type HostedEvents, HostedProcess } from './hosted-process';

/** A host that has not answered a SIGKILL of one of its runs by then is stuck: it is killed itself. */
const STUCK_MS = 5000;

/** A host to start, and who is told of its lines and its end. */
export interface ProgramHostOptions {
  /** The host's program, and its environment. */
  file: string;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Lines that the host itself prints. */
  log(text: string): void;
  /** It has ended, and nothing that it started is left. */
  onEnd(status: number): void;
}

/**
 * A process that runs many runs of one program (design: processes), started by a broker for its remote exec service. Ends with its channel. Leads a
 * session, so that whatever it has started is known when it is gone, told of or not.
 */
export class ProgramHost {
  readonly #options: ProgramHostOptions;
  readonly #child: Child;
  readonly #channel: HostChannel<HostRequest, HostReport>;
  readonly #runs = new Map<number, HostedProcess>();
  #proven = false;
  readonly #killed = new Map<number, NodeJS.Timeout>();
  /** Settles when the process is reaped and every run has heard of it. */
  readonly ended: Promise<void>;

  /** Starts it. Throws what spawnProcess throws. */
  constructor(options: ProgramHostOptions) {
    this.#options = options;
    const { file, env, cwd } = options;
    this.#child = spawnProcess({ argv: [file], env, cwd, session: true, stdio: ['ignore', 'pipe', 'pipe', 'socketpair'] });
    let onClosed: () => void = () => {};
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    this.#channel = new HostChannel(this.#child.stdio[HOST_CHANNEL_FD]!, (report: HostReport) => this.#take(report), onClosed);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => options.log(text.trimEnd()));
    }
    this.ended = this.#follow(closed);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** It has taken a run, or declined one: it works. */
  get proven(): boolean {
    return this.#proven;
  }

  /** Starts a run; `pid` is what it goes by, `warning` what it prints first. */
  run(pid: number, command: HostedCommand, events: HostedEvents, warning?: string): HostedProcess {
    const process = new HostedProcess(pid, { signal: (signum) => this.#signal(pid, signum) }, events, warning);
    this.#runs.set(pid, process);
    this.#channel.send({ op: 'run', id: pid, ...command });
    return process;
  }

  /** Lets it end, with whatever it runs. Resolves when it has. */
  async close(): Promise<void> {
    this.#channel.close();
    const timer = setTimeout(() => this.#kill(), STUCK_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #take(report: HostReport): void {
    const { id, op } = report;
    const run = this.#runs.get(id);
    this.#proven = true;
    if (op === 'exit' || op === 'decline') {
      this.#runs.delete(id);
      clearTimeout(this.#killed.get(id));
      this.#killed.delete(id);
    }
    run?.take(report);
  }

  #signal(id: number, signum: number): void {
    this.#channel.send({ op: 'signal', id, signum });
    if (signum === signals.SIGKILL && !this.#killed.has(id))
      this.#killed.set(
        id,
        setTimeout(() => this.#kill(), STUCK_MS),
      );
  }

  #kill(): void {
    this.#options.log(`host ${this.pid} does not answer: killed`);
    if (this.#child.running) this.#child.kill(signals.SIGKILL);
  }

  /** Waits for the host's end, then ends all that it has started. Reports that it sent before are still read: they may name process groups. */
  async #follow(closed: Promise<void>): Promise<void> {
    const [{ status }] = await Promise.all([this.#child.exited, closed]);
    for (const timer of this.#killed.values()) clearTimeout(timer);
    this.#child.closeStdio();
    for (const pid of sessionMembers(this.pid)) killIfThere(pid, signals.SIGKILL);
    const runs = [...this.#runs.values()];
    this.#runs.clear();
    this.#options.onEnd(status);
    for (const run of runs) run.hostGone(status);
  }
}
