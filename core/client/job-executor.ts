import { parseJobId } from '../formats/fluid';
import type { Jobspec } from '../formats/jobspec';
import { encodeJson } from '../formats/json';
import type { Flux } from '../handle/flux';
import { LogLevel } from '../handle/log-entry';
import { errorStack, FluxError, isErrno } from '../sys/errors';
import { JobFuture, type JobSource } from './job-future';
import { watchEventlog } from './job-info';
import { type SubmitOptions, submitJob, submitSigned } from './job-submit';

/** How a JobExecutor submits a job. */
export interface ExecutorSubmitOptions extends SubmitOptions {
  /** The jobspec is signed already (J). */
  preSigned?: boolean;
}

/** The id of a job that exists, or what submits one. */
type PendingJob = bigint | (() => Promise<bigint>);

/**
 * Submits many jobs and follows each to its end (docs/protocol/job-sdk.md §8, FluxExecutor of Python):
 *
 *     const executor = new JobExecutor(flux);
 *     const futures = specs.map((spec) => executor.submit(spec));
 *     const codes = await Promise.all(futures.map((future) => future.result()));
 *     await executor.shutdown();
 *
 * All that is submitted in one turn of the event loop goes out together. A job that is refused fails its own future only.
 */
export class JobExecutor {
  readonly #flux: Flux;
  #waiting: { future: JobFuture; source: JobSource; job: PendingJob }[] = [];
  readonly #followed = new Set<Promise<void>>();
  #closed = false;

  /** The handle stays the caller's, who closes it after shutdown(). */
  constructor(flux: Flux) {
    this.#flux = flux;
  }

  /** Submits a jobspec, given as an object or as JSON text. @throws FluxError EINVAL after shutdown() */
  submit(jobspec: Jobspec | string, { preSigned = false, ...options }: ExecutorSubmitOptions = {}): JobFuture {
    const text = typeof jobspec === 'string' ? jobspec : encodeJson(jobspec);
    return this.#add(() => (preSigned ? submitSigned : submitJob)(this.#flux, text, options));
  }

  /** Follows a job that exists. Its future fails with ENOENT if it does not. @throws FluxError EINVAL for what is no id, and after shutdown() */
  attach(job: bigint | string): JobFuture {
    const id = typeof job === 'string' ? parseJobId(job) : job;
    return this.#add(id);
  }

  /** No jobs any more; resolves when all jobs are over, or at once without `wait`. With `cancelFutures` jobs that have not gone out never do. */
  async shutdown({ wait = true, cancelFutures = false }: { wait?: boolean; cancelFutures?: boolean } = {}): Promise<void> {
    this.#closed = true;
    if (cancelFutures) for (const { future } of this.#waiting) future.cancel();
    if (!wait) return;
    this.#sendAll();
    await Promise.all(this.#followed);
  }

  #add(job: PendingJob): JobFuture {
    if (this.#closed) throw new FluxError('EINVAL', 'cannot schedule new futures after shutdown');
    const { future, source } = JobFuture.create((e) => this.#flux.log(LogLevel.err, `job callback: ${errorStack(e)}`));
    if (this.#waiting.length === 0) setImmediate(() => this.#sendAll());
    this.#waiting.push({ future, source, job });
    return future;
  }

  #sendAll(): void {
    const batch = this.#waiting;
    this.#waiting = [];
    for (const { source, job } of batch) {
      if (!source.begin()) continue;
      const followed = this.#follow(source, job).finally(() => this.#followed.delete(followed));
      this.#followed.add(followed);
    }
  }

  async #follow(source: JobSource, job: PendingJob): Promise<void> {
    try {
      const id = typeof job === 'bigint' ? job : await job();
      if (typeof job !== 'bigint') source.accepted(id);
      for await (const entry of watchEventlog(this.#flux, id)) {
        source.accepted(id); // a job attached to: with its first event it is known to exist
        source.event(entry);
      }
      source.ended();
    } catch (e) {
      const unknown = typeof job === 'bigint' && isErrno(e, 'ENOENT');
      source.failed(unknown ? new FluxError('ENOENT', 'job ID does not match any job', { cause: e }) : e);
    }
  }
}
