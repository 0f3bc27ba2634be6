import { FluxError } from '../sys/errors';
import { killIfThere, maxSignal, signals } from '../sys/signals';
import type { HostReport } from './host-channel';
import { OutputBuffer } from './output-buffer';
import type { ProcessEvents } from './process';
import type { ServedProcess } from './served-process';

const LINE_LIMIT = 4 * 1024 * 1024;
const streams = ['stdout', 'stderr'] as const;

/** Called with the events of a hosted run: those of a process, and whether the host takes it. */
export interface HostedEvents extends ProcessEvents {
  /** The host has taken it: it runs. */
  onRunning(): void;
  /** The host won't have it: it is to be run as a process of its own. */
  onDeclined(): void;
}

/** The functions of a host that a run in it uses. */
export interface HostLink {
  signal(signum: number): void;
}

/** The broker's end of one run in a host: seen from outside it is a process with its group. */
export class HostedProcess implements ServedProcess {
  readonly #host: HostLink;
  readonly #events: HostedEvents;
  readonly #groups = new Set<number>();
  readonly #buffers: Record<(typeof streams)[number], OutputBuffer>;
  #accepted = false;
  #running = true;
  #resolveGone: () => void = () => {};
  readonly gone = new Promise<void>((resolve) => {
    this.#resolveGone = resolve;
  });

  /** `warning`: what it prints first, on its stderr. */
  constructor(
    readonly pid: number,
    host: HostLink,
    events: HostedEvents,
    readonly warning?: string,
  ) {
    this.#host = host;
    this.#events = events;
    const buffer = (stream: string) =>
      new OutputBuffer({ lineBuffered: true, limit: LINE_LIMIT }, (data) => this.#events.onOutput(stream, data));
    this.#buffers = { stdout: buffer('stdout'), stderr: buffer('stderr') };
  }

  get running(): boolean {
    return this.#running;
  }

  /** Nothing that can be hosted reads its stdin. */
  write(): void {}
  end(): void {}

  signal(signum: number): void {
    if (!Number.isInteger(signum) || signum < 0 || signum > maxSignal) throw new FluxError('EINVAL');
    if (!this.#running) throw new FluxError('ESRCH');
    this.#signalGroups(signum);
    if (signum !== 0) this.#host.signal(signum);
    if (signum === signals.SIGKILL) this.#exit(signals.SIGKILL); // nobody is asked, a host that is stuck neither
  }

  // ---- for the host

  take(report: HostReport): void {
    if (report.op === 'group') {
      this.#takeGroup(report.pgid, report.gone === true);
      return;
    }
    if (!this.#running) return;
    switch (report.op) {
      case 'accept':
        this.#accept();
        break;
      case 'decline':
        this.#decline();
        break;
      case 'output':
        this.#buffers[report.stream].push(Buffer.from(report.data, 'base64'));
        break;
      case 'exit':
        this.#exit(report.status);
        break;
    }
  }

  /** The host's process has ended: its run goes elsewhere, or ends as a killed process does. */
  hostGone(status: number): void {
    this.#signalGroups(signals.SIGKILL);
    if (!this.#running) return;
    if (this.#accepted) this.#exit(status);
    else this.#decline();
  }

  #accept(): void {
    this.#accepted = true;
    this.#events.onRunning();
    if (this.warning !== undefined) this.#buffers.stderr.push(Buffer.from(this.warning));
  }

  #decline(): void {
    this.#running = false;
    this.#resolveGone();
    this.#events.onDeclined();
  }

  /** A process that starts in a run that was killed meanwhile goes with it. */
  #takeGroup(pgid: number, gone: boolean): void {
    if (gone) this.#groups.delete(pgid);
    else if (this.#running) this.#groups.add(pgid);
    else killIfThere(-pgid, signals.SIGKILL);
  }

  #signalGroups(signum: number): void {
    for (const pgid of this.#groups) killIfThere(-pgid, signum);
  }

  #exit(status: number): void {
    this.#running = false;
    for (const stream of streams) {
      this.#buffers[stream].flush();
      this.#events.onEof(stream);
    }
    this.#events.onExit(status);
    this.#resolveGone();
    this.#events.onComplete();
  }
}
