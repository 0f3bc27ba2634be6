import { setImmediate as nextTurn } from 'node:timers/promises';
import { submitJob } from '../../../core/client/job-submit';
import { f58 } from '../../../core/formats/f58';
import type { Flux } from '../../../core/handle/flux';
import { toFluxError } from '../../../core/sys/errors';
import type { CommandContext } from '../../command';
import { connectPython } from '../../connect';
import type { Job } from './copies';
import { jobspecText, miniJobspec } from './jobspec';
import type { MiniOptions } from './options';
import { type JobOutputs, jobOutputs, LogFiles } from './outputs';
import { JobProgress } from './progress';
import { jobFlags, jobUrgency } from './request';
import { JobTracker } from './tracker';

/** Submissions between which responses are looked at. */
const BATCH = 64;

/** Submissions that wait for their answers at a time. */
const WINDOW = 1024;

/**
 * What `flux mini submit` and `bulksubmit` do with their jobs: submit all, then wait for them or watch them if asked to
 * (docs/protocol/cli-mini-jobs.md §A7).
 */
export class Submission {
  readonly #ctx: CommandContext;
  readonly #options: MiniOptions;
  readonly #total: number;
  readonly #files: LogFiles;
  #progress: JobProgress | undefined;
  #exitCode = 0;

  constructor(ctx: CommandContext, options: MiniOptions, total: number) {
    this.#ctx = ctx;
    this.#options = options;
    this.#total = total;
    this.#files = new LogFiles(ctx);
  }

  /** Returns the exit code: that of the job which failed worst. */
  async run(jobs: Iterable<Job>): Promise<number> {
    if (this.#options.dryRun) {
      const { text } = await this.#describe(first(jobs));
      this.#ctx.stdout.write(`${text}\n`);
      return 0;
    }
    jobFlags(this.#options.flags);
    const flux = await connectPython(this.#ctx);
    const interrupted = this.#options.wait ? this.#onInterrupt(flux) : { stop: () => {}, done: false };
    if (this.#options.progress) this.#progress = JobProgress.start(this.#ctx, this.#options, this.#total);
    try {
      await this.#submitAll(flux, jobs);
    } catch (e) {
      if (!interrupted.done) throw e;
    } finally {
      interrupted.stop();
      this.#progress?.stop();
      this.#files.close();
      flux.close();
      await flux.closed;
    }
    return interrupted.done ? 0 : this.#exitCode;
  }

  /** SIGINT ends the waiting; the jobs go on. */
  #onInterrupt(flux: Flux): { stop: () => void; done: boolean } {
    const state = {
      done: false,
      stop: this.#ctx.onSignal('SIGINT', () => {
        state.done = true;
        flux.close();
      }),
    };
    return state;
  }

  async #submitAll(flux: Flux, jobs: Iterable<Job>): Promise<void> {
    const running = new Set<Promise<void>>();
    let submitted = 0;
    let unanswered = 0;
    let answer = () => {};
    let failure: unknown;
    for (const job of jobs) {
      const { text, outputs } = await this.#describe(job);
      const request = { urgency: jobUrgency(job.options.urgency), flags: jobFlags(job.options.flags) };
      // A failure here is not that of a job (those are told to the user): it ends the command.
      unanswered++;
      const id = submitJob(flux, text, request).finally(() => {
        unanswered--;
        answer();
      });
      const followed: Promise<void> = this.#follow(flux, job, outputs, id)
        .catch((e) => void (failure ??= e))
        .then(() => void running.delete(followed));
      running.add(followed);
      if (++submitted % BATCH === 0) await nextTurn();
      while (unanswered >= WINDOW) await new Promise<void>((resolve) => (answer = resolve));
      if (failure !== undefined) throw failure;
    }
    await Promise.all(running);
    if (failure !== undefined) throw failure;
  }

  async #describe({ options, cc }: Job): Promise<{ text: string; outputs: JobOutputs }> {
    const jobspec = await miniJobspec(this.#ctx, options, options.command);
    if (cc !== undefined && options.cc) {
      (jobspec.attributes.system['environment'] as Record<string, string>)['FLUX_JOB_CC'] = String(cc);
    }
    const outputs = options.dryRun ? { out: this.#ctx.stdout, err: this.#ctx.stderr } : jobOutputs(this.#ctx, this.#files, options);
    return { text: jobspecText(jobspec), outputs };
  }

  async #follow(flux: Flux, { options, cc }: Job, outputs: JobOutputs, submitted: Promise<bigint>): Promise<void> {
    const { out, err } = outputs;
    let id: bigint;
    try {
      id = await submitted;
    } catch (e) {
      const { errnum, message } = toFluxError(e);
      err.write(`${cc === undefined ? '' : `cc=${cc}: `}[Errno ${errnum}] ${message}\n`);
      this.#exitCode = Math.max(this.#exitCode, 1);
      this.#progress?.update('submit-failed');
      return;
    }
    const name = f58(id, this.#ctx.env, 'python');
    if (!options.quiet) out.write(`${name}\n`);
    this.#progress?.update('submit');
    if (!options.wait) return;
    const { watch, labelIo, verbose } = options;
    const tracker = new JobTracker(flux, id, { name, outputs, watch, labelIo, verbose: verbose > 0 }, (event) =>
      this.#progress?.update(event),
    );
    const exitCode = await tracker.run();
    this.#exitCode = Math.max(this.#exitCode, exitCode);
  }
}

function first(jobs: Iterable<Job>): Job {
  for (const job of jobs) return job;
  throw new TypeError('no job');
}
