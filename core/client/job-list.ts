import type { JsonObject } from '../formats/json';
import type { Flux, RpcOptions } from '../handle/flux';
import type { ReceivedFrom } from '../protocol';
import { jobList } from '../protocol/job-list';
import { exactCall } from './exact-call';

/** All users, in ListOptions. */
export const ALL_USERS = 0xffffffff;

/** Attributes that job-list knows, in the order in which `flux job list` shows them; `id` comes always, and first. */
export const listAttributes = [
  'userid',
  'urgency',
  'priority',
  't_submit',
  'state',
  'name',
  'ntasks',
  'nnodes',
  'ranks',
  'nodelist',
  'expiration',
  'success',
  'exception_occurred',
  'exception_severity',
  'exception_type',
  'exception_note',
  'result',
  'waitstatus',
  't_depend',
  't_run',
  't_cleanup',
  't_inactive',
  'annotations',
  'dependencies',
] as const;

/**
 * A job as the service describes it: `id` (number or bigint) and those of the attributes asked for that apply. Reals are Real, so that `2.0` and
 * `2` differ.
 */
export type ListedJob = JsonObject;

/** Which jobs the service is asked for, and which of their attributes. */
export interface ListOptions {
  /** Most jobs to return; 0: no limit. */
  maxEntries: number;
  attrs: readonly string[];
  /** Jobs of this user, or ALL_USERS. */
  userid: number | bigint;
  /** STATE bits; 0: all. */
  states: number;
  /** RESULT bits, which only inactive jobs are looked at for; 0: all. */
  results: number;
}

/** Counts of jobs; `failed` includes canceled and timed out ones. */
export type JobStats = ReceivedFrom<typeof jobList.jobStats>;

/** Jobs in the service's order: pending by priority, then running, then inactive, latest first (docs/protocol/job-info-list.md §5). */
export async function listJobs(flux: Flux, { maxEntries, attrs, userid, states, results }: ListOptions): Promise<ListedJob[]> {
  return (await exactCall(flux, jobList.list, { max_entries: maxEntries, attrs, userid, states, results })).jobs;
}

/** Inactive jobs that became so after `since` (seconds since the epoch), latest first; only those of a name, if one is given. */
export async function listInactiveJobs(
  flux: Flux,
  { maxEntries, since, attrs, name }: { maxEntries: number; since: number; attrs: readonly string[]; name?: string },
): Promise<ListedJob[]> {
  const payload = { max_entries: maxEntries, since, attrs, ...(name === undefined ? {} : { name }) };
  return (await exactCall(flux, jobList.listInactive, payload)).jobs;
}

/** One job; waits until the service has seen a job that exists already. ENOENT if there is none. */
export async function listJob(flux: Flux, id: bigint, attrs: readonly string[], options: RpcOptions = {}): Promise<ListedJob> {
  return (await exactCall(flux, jobList.listId, { id, attrs }, options)).job;
}

/** Numbers of jobs by state and outcome. */
export function jobStats(flux: Flux): Promise<JobStats> {
  return flux.call(jobList.jobStats, {});
}
