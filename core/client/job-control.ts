import { JOBID_ANY, jobIdFromJson } from '../formats/fluid';
import type { JsonObject } from '../formats/json';
import type { Flux } from '../handle/flux';
import { jobManager } from '../protocol/job-manager';

/** An exception to be raised on a job (RFC 21). */
export interface RaiseOptions {
  type: string;
  /** 0 (fatal) to 7. */
  severity: number;
  note?: string;
}

/** How a waitable job ended. `errstr` is set for success too. */
export interface WaitResult {
  id: bigint;
  success: boolean;
  errstr: string;
}

/** Which jobs raiseOnJobs() means, and whether to do it or only to count. */
export interface BulkOptions {
  dryRun: boolean;
  /** Jobs of this user, or ALL_USERS. */
  userid: number;
}

/** Jobs matched, and those of them for which it did not work. */
export interface BulkResult {
  count: number;
  errors: number;
}

/** Raises an exception on a job (flux_job_raise(3)). ENOENT: no such active job; EPERM: another user's job; EPROTO: bad severity or type. */
export async function raiseOnJob(flux: Flux, id: bigint, { type, severity, note }: RaiseOptions): Promise<void> {
  await flux.call(jobManager.raise, { id, type, severity, ...(note === undefined ? {} : { note }) });
}

/** Cancels a job (flux_job_cancel(3)): an exception of type `cancel` and severity 0. */
export function cancelJob(flux: Flux, id: bigint, note?: string): Promise<void> {
  return raiseOnJob(flux, id, { type: 'cancel', severity: 0, ...(note === undefined ? {} : { note }) });
}

/** Sends a signal to a job's tasks (flux_job_kill(3)). ENOENT: no such active job; EINVAL: not running, or no such signal. */
export async function killJob(flux: Flux, id: bigint, signum: number): Promise<void> {
  await flux.call(jobManager.kill, { id, signum });
}

/** Sets a job's urgency and returns the one before (flux_job_set_urgency(3)). */
export async function setJobUrgency(flux: Flux, id: bigint, urgency: number): Promise<number> {
  return (await flux.call(jobManager.urgency, { id, urgency })).old_urgency;
}

/** Waits for a waitable job, or for the next of them (flux_job_wait(3)). ECHILD with a text if there is none. */
export async function waitForJob(flux: Flux, id: bigint = JOBID_ANY): Promise<WaitResult> {
  const result = await flux.call(jobManager.wait, { id });
  return { ...result, id: jobIdFromJson(result.id) };
}

/** Merges `memo` into the job's annotations under `user`; null removes a key. A volatile one does not go into the eventlog. */
export async function setJobMemo(flux: Flux, id: bigint, memo: JsonObject, isVolatile = false): Promise<void> {
  await flux.call(jobManager.memo, { id, memo, ...(isVolatile ? { volatile: true } : {}) });
}

/** Raises an exception on all jobs in `states` (STATE bits). */
export function raiseOnJobs(
  flux: Flux,
  { dryRun, userid, states, severity, type, note = '' }: BulkOptions & RaiseOptions & { states: number },
) {
  return flux.call(jobManager.raiseAll, { dry_run: dryRun, userid, states, severity, type, note });
}

/** Sends a signal to all running jobs. */
export function killJobs(flux: Flux, { dryRun, userid, signum }: BulkOptions & { signum: number }): Promise<BulkResult> {
  return flux.call(jobManager.killAll, { dry_run: dryRun, userid, signum });
}
