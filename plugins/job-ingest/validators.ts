import type { ModuleContext } from 'flux';
import type { Submission } from './request';
import { ValidatorWorker } from './worker';

const MAX_WORKERS = 4;
/** A worker whose queue is so long gets help from another. */
const LONG_QUEUE = 32;
const IDLE_MS = 5000;
const SHUTDOWN_MS = 5000;

/** The worker processes that validate jobs with plugins: up to four, started on demand, ended when idle. */
export class ValidatorPool {
  readonly #module: Pick<ModuleContext, 'flux' | 'log' | 'after'>;
  readonly #rank: number;
  readonly #argv: readonly string[];
  readonly #workers = new Map<number, ValidatorWorker>();
  readonly #timers = new Map<number, () => void>();

  /** `args`: those of `flux job-validator`. */
  constructor(module: Pick<ModuleContext, 'flux' | 'log' | 'after'>, rank: number, args: readonly string[]) {
    this.#module = module;
    this.#rank = rank;
    this.#argv = ['flux', 'job-validator', ...args];
  }

  /** Resolves if the job is valid. */
  validate(submission: Submission): Promise<void> {
    const [index, worker] = this.#pick();
    this.#timers.get(index)?.();
    return worker.validate(submission);
  }

  /** Has all workers end; logs those that don't. */
  async shutdown(): Promise<void> {
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.close();
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, SHUTDOWN_MS);
    });
    await Promise.race([Promise.all(workers.map((worker) => worker.ended)), timeout]);
    clearTimeout(timer);
    if (this.#workers.size > 0) this.#module.log.err(`shutdown timed out with ${this.#workers.size} validators active`);
  }

  #pick(): [number, ValidatorWorker] {
    const open = [...this.#workers].filter(([, worker]) => worker.open);
    const shortest = open.sort(([, a], [, b]) => a.load - b.load)[0];
    if (shortest && (shortest[1].load < LONG_QUEUE || this.#workers.size >= MAX_WORKERS)) return shortest;
    return this.#start();
  }

  #start(): [number, ValidatorWorker] {
    let index = 0;
    while (this.#workers.has(index)) index++;
    const worker = new ValidatorWorker({
      flux: this.#module.flux,
      rank: this.#rank,
      index,
      argv: this.#argv,
      log: this.#module.log,
      onIdle: () => {
        this.#timers.get(index)?.();
        this.#timers.set(
          index,
          this.#module.after(IDLE_MS, () => worker.close()),
        );
      },
      onEnd: () => {
        this.#timers.get(index)?.();
        this.#timers.delete(index);
        this.#workers.delete(index);
      },
    });
    this.#workers.set(index, worker);
    return [index, worker];
  }
}
