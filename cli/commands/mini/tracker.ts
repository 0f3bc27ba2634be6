import { watchEventlog } from '../../../core/client/job-info';
import type { DecodedEntry } from '../../../core/formats/eventlog';
import type { Flux } from '../../../core/handle/flux';
import { endedBySignal, exitCode, terminatingSignal } from '../../../core/sys/waitstatus';
import { ioData } from '../../render/job-io';
import type { JobOutputs } from './outputs';

/** What a tracked job tells of itself: once `alloc` or `never-run`, after `alloc` one of the others. */
export type JobProgressEvent = 'alloc' | 'complete' | 'fail' | 'never-run';

export interface TrackOptions {
  /** The job's id as shown. */
  name: string;
  outputs: JobOutputs;
  /** Show the output of its tasks. */
  watch: boolean;
  labelIo: boolean;
  /** Say how it ended. */
  verbose: boolean;
}

/** Follows one job to its end: exceptions, exit code and, if asked for, output (docs/protocol/cli-mini-jobs.md §A7). */
export class JobTracker {
  readonly #flux: Flux;
  readonly #id: bigint;
  readonly #options: TrackOptions;
  readonly #onEvent: (event: JobProgressEvent) => void;
  readonly #output: Promise<void>[] = [];
  #started = false;
  #finished = false;
  #exitCode = 0;

  constructor(flux: Flux, id: bigint, options: TrackOptions, onEvent: (event: JobProgressEvent) => void) {
    this.#flux = flux;
    this.#id = id;
    this.#options = options;
    this.#onEvent = onEvent;
  }

  /** Resolves when the job is over and all its output has come, with its exit code. */
  async run(): Promise<number> {
    for await (const entry of watchEventlog(this.#flux, this.#id)) this.#mainEvent(entry);
    await Promise.all(this.#output);
    if (!this.#finished) this.#onEvent(this.#started ? 'fail' : 'never-run');
    return this.#exitCode;
  }

  #mainEvent({ name, context = {} }: DecodedEntry): void {
    const { outputs, watch, verbose } = this.#options;
    switch (name) {
      case 'alloc':
        this.#started = true;
        this.#onEvent('alloc');
        break;
      case 'exception':
        outputs.err.write(`${this.#options.name}: exception: type=${context['type']} note=${context['note'] ?? ''}\n`);
        if (!this.#started) this.#exitCode = Math.max(this.#exitCode, 1);
        break;
      case 'start':
        if (watch) this.#watchTasks();
        break;
      case 'finish': {
        const status = exitCodeOf(Number(context['status']));
        this.#finished = true;
        this.#exitCode = Math.max(this.#exitCode, status);
        if (verbose) outputs.err.write(`${this.#options.name}: complete: status=${status}\n`);
        this.#onEvent(status === 0 ? 'complete' : 'fail');
        break;
      }
    }
  }

  #watchTasks(): void {
    const output = this.#watchExec();
    output.catch(() => {}); // run() looks at it, unless the main log fails before
    this.#output.push(output);
  }

  /** The output eventlog exists once the shell has been initialized. */
  async #watchExec(): Promise<void> {
    for await (const { name } of watchEventlog(this.#flux, this.#id, 'guest.exec.eventlog')) {
      if (name === 'shell.init') return this.#watchOutput();
    }
  }

  async #watchOutput(): Promise<void> {
    for await (const { name, context = {} } of watchEventlog(this.#flux, this.#id, 'guest.output')) {
      if (name !== 'data') continue;
      const { stream, rank, data } = ioData(context);
      if (data.length === 0) continue;
      const { out, err } = this.#options.outputs;
      const label = Buffer.from(this.#options.labelIo ? `${this.#options.name}: ${rank}: ` : '');
      (stream === 'stdout' ? out : err).write(Buffer.concat([label, data]));
    }
  }
}

/** The exit code, or 127 + signal where the shell itself was killed by one (docs/protocol/cli-mini-jobs.md §A7). */
function exitCodeOf(status: number): number {
  return endedBySignal(status) ? 127 + terminatingSignal(status) : exitCode(status);
}
