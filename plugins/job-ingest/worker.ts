import {
  encodeJson,
  endedBySignal,
  errorText,
  exitCode,
  type Flux,
  FluxError,
  type Log,
  RemoteProcess,
  signalName,
  terminatingSignal,
} from 'flux';
import { decodeJsonObject } from 'flux/internal';
import type { Submission } from './request';

interface Pending {
  line: string;
  resolve(): void;
  reject(error: FluxError): void;
}

export interface WorkerOptions {
  flux: Flux;
  rank: number;
  /** Which of the workers it is, for the log. */
  index: number;
  argv: readonly string[];
  log: Pick<Log, 'debug' | 'err'>;
  /** All that was asked for is answered. */
  onIdle(): void;
  /** The process has ended. */
  onEnd(): void;
}

/**
 * One `flux job-validator` process: a line of JSON for a job in, a line for its verdict out, in the same order (docs/protocol/job-manager.md §3.4).
 */
export class ValidatorWorker {
  readonly #options: WorkerOptions;
  readonly #process: RemoteProcess;
  readonly #queue: Pending[] = [];
  readonly #unsent: Pending[] = [];
  readonly #lines: Record<string, string> = { stdout: '', stderr: '' };
  readonly ended: Promise<void>;
  #closing = false;

  constructor(options: WorkerOptions) {
    const { flux, rank, argv } = options;
    this.#options = options;
    // No environment: that of the broker. Its working directory, too.
    this.#process = new RemoteProcess(
      flux,
      rank,
      { argv, cwd: '.' },
      {
        onRunning: () => this.#flush(),
        onOutput: (stream, data) => this.#take(stream, data),
      },
    );
    this.ended = this.#follow();
  }

  /** Requests that are not answered yet. */
  get load(): number {
    return this.#queue.length + this.#unsent.length;
  }
  /** Whether it takes more requests. */
  get open(): boolean {
    return !this.#closing;
  }

  /** Resolves if the job is valid; rejects with the validator's verdict. */
  validate({ jobspec, userid, rolemask, urgency, flags }: Submission): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#unsent.push({ line: `${encodeJson({ jobspec, userid, rolemask, urgency, flags })}\n`, resolve, reject });
      this.#flush();
    });
  }

  /** End of its input: it is to exit. */
  close(): void {
    this.#closing = true;
    this.#process.end('stdin');
  }

  #flush(): void {
    if (this.#process.pid === undefined) return;
    for (const pending of this.#unsent.splice(0)) {
      this.#queue.push(pending);
      this.#process.write('stdin', Buffer.from(pending.line));
    }
    if (this.#closing) this.#process.end('stdin');
  }

  #take(stream: string, data: Buffer): void {
    const lines = `${this.#lines[stream] ?? ''}${data.toString('utf8')}`.split('\n');
    this.#lines[stream] = lines.pop()!;
    for (const line of lines) {
      if (stream === 'stdout') this.#answer(line);
      else this.#options.log.debug(`validator[${this.#options.index}]: ${line}`);
    }
  }

  #answer(line: string): void {
    const pending = this.#queue.shift();
    if (!pending) return;
    try {
      const { errnum, errstr } = decodeJsonObject(line);
      if (typeof errnum !== 'number') throw new FluxError('EINVAL');
      if (errnum === 0) pending.resolve();
      else pending.reject(new FluxError(errnum, typeof errstr === 'string' ? errstr : undefined));
    } catch (e) {
      pending.reject(new FluxError('EINVAL', undefined, { cause: e }));
    }
    if (this.load === 0) this.#options.onIdle();
  }

  async #follow(): Promise<void> {
    const { log, index, onEnd } = this.#options;
    let failure = new FluxError('EPROTO', 'Unrecoverable error: validator unexpectedly exited');
    try {
      const status = await this.#process.completed;
      if (endedBySignal(status)) log.err(`validator[${index}]: killed by ${signalName(terminatingSignal(status))}`);
      else if (exitCode(status) !== 0) log.err(`validator[${index}]: exited with rc=${exitCode(status)}`);
    } catch (e) {
      log.err(`validator[${index}]: ${errorText(e)}`);
      if (e instanceof FluxError) failure = new FluxError(e.code, `flux job-validator: ${e.message}`);
    }
    this.#closing = true;
    for (const pending of [...this.#queue.splice(0), ...this.#unsent.splice(0)]) pending.reject(failure);
    onEnd();
  }
}
