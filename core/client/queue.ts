import type { Flux, RpcOptions } from '../handle';
import { jobManager } from '../protocol/job-manager';

/** Whether jobs are accepted, and why not. */
export interface SubmissionStatus {
  enable: boolean;
  reason: string;
}

/** Whether jobs are scheduled, why not, and how many wait for what. */
export interface SchedulingStatus {
  /** False also while no scheduler is there. */
  enable: boolean;
  reason: string;
  /** Jobs whose request has not gone to the scheduler yet. */
  queue_length: number;
  /** Requests for resources that the scheduler has. */
  alloc_pending: number;
  /** Resources that are being given back. */
  free_pending: number;
  /** Jobs in RUN or CLEANUP. */
  running: number;
}

/** Is submission of jobs enabled? (flux-queue(1)) Needs the owner's role, as all here does: EPERM. */
export function submissionStatus(flux: Flux): Promise<SubmissionStatus> {
  return flux.call(jobManager.submitAdmin, { query_only: true, enable: false, reason: '' });
}

/** Lets jobs be submitted again. */
export function enableSubmission(flux: Flux): Promise<SubmissionStatus> {
  return flux.call(jobManager.submitAdmin, { query_only: false, enable: true, reason: '' });
}

/** Has submissions fail, with a text that ends in `reason`. */
export function disableSubmission(flux: Flux, reason: string): Promise<SubmissionStatus> {
  return flux.call(jobManager.submitAdmin, { query_only: false, enable: false, reason });
}

/** Are jobs scheduled? (flux-queue(1)) */
export function schedulingStatus(flux: Flux): Promise<SchedulingStatus> {
  return flux.call(jobManager.allocAdmin, { query_only: true, enable: false, reason: '' });
}

/** Lets jobs be scheduled again. */
export function startScheduling(flux: Flux): Promise<SchedulingStatus> {
  return flux.call(jobManager.allocAdmin, { query_only: false, enable: true, reason: '' });
}

/** Takes requests back from the scheduler and sends it no more. Running jobs run on. */
export function stopScheduling(flux: Flux, reason = ''): Promise<SchedulingStatus> {
  return flux.call(jobManager.allocAdmin, { query_only: false, enable: false, reason });
}

/** Resolves when no job is active. ETIMEDOUT, ECANCELED as options say. */
export async function drainQueue(flux: Flux, options?: RpcOptions): Promise<void> {
  await flux.call(jobManager.drain, undefined, options);
}

/** Resolves when no job holds resources or may be about to get some; gives the number of jobs that are pending then. */
export async function idleQueue(flux: Flux, options?: RpcOptions): Promise<number> {
  return (await flux.call(jobManager.idle, undefined, options)).pending;
}
