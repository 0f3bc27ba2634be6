import type { CommandContext } from '../../command';
import { warn } from '../../python-log';
import { jobCounts, progressLine, statusLine } from '../../render/progress';
import type { MiniOptions } from './options';
import type { JobProgressEvent } from './tracker';

const REDRAW_MS = 250;

/**
 * The bar of --progress on the last line of the terminal (docs/protocol/cli-mini-jobs.md §A7). Nothing is drawn where standard output is no terminal.
 */
export class JobProgress {
  readonly #ctx: CommandContext;
  readonly #options: MiniOptions;
  readonly #total: number;
  readonly #started = Date.now();
  readonly #timer: NodeJS.Timeout;
  readonly #lines: number;
  readonly #counts = { pending: 0, running: 0, completed: 0, failed: 0 };
  #submitted = 0;

  /** Warns and returns undefined where there is no terminal. */
  static start(ctx: CommandContext, options: MiniOptions, total: number): JobProgress | undefined {
    if (ctx.stdout.isTTY) return new JobProgress(ctx, options, total);
    warn(ctx, 'stdout is not a tty. Ignoring --progress option');
    return undefined;
  }

  private constructor(ctx: CommandContext, options: MiniOptions, total: number) {
    this.#ctx = ctx;
    this.#options = options;
    this.#total = total;
    this.#lines = process.stdout.rows || 24;
    this.#ctx.stdout.write(statusLine.begin(this.#lines));
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS);
    this.#timer.unref();
    this.#draw();
  }

  update(event: JobProgressEvent | 'submit' | 'submit-failed'): void {
    const counts = this.#counts;
    switch (event) {
      case 'submit':
        this.#submitted++;
        counts.pending++;
        break;
      case 'submit-failed':
        this.#submitted++;
        counts.failed++;
        break;
      case 'alloc':
        counts.pending--;
        counts.running++;
        break;
      case 'complete':
        counts.running--;
        counts.completed++;
        break;
      case 'fail':
        counts.running--;
        counts.failed++;
        break;
      case 'never-run':
        counts.pending--;
        counts.failed++;
        break;
    }
    this.#draw();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#ctx.stdout.write(statusLine.end(this.#lines, this.#text()));
  }

  #draw(): void {
    this.#ctx.stdout.write(statusLine.draw(this.#lines, this.#text()));
  }

  #text(): string {
    const { wait, jps } = this.#options;
    const done = wait ? this.#counts.completed + this.#counts.failed : this.#submitted;
    const before = wait ? jobCounts(this.#counts, this.#total) : `Submitting ${this.#total} jobs: `;
    const elapsed = (Date.now() - this.#started) / 1000;
    return progressLine(before, { total: this.#total, done, elapsed }, (this.#ctx.stdout.columns ?? 80) - 1, jps);
  }
}
