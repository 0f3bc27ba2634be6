import { parseJobId } from '../formats/fluid';
import type { Flux } from '../handle/flux';
import { getUser, realUserId } from '../sys/credentials';
import { errorText, FluxError, isErrno } from '../sys/errors';
import { ALL_USERS, jobStats, listAttributes, listJob, listJobs } from './job-list';
import { JobInfo } from './job-record';
import { ACTIVE, JobResult, JobState, PENDING, RUNNING } from './job-states';

/** Which jobs to list (flux-jobs(1), docs/protocol/job-sdk.md §5). */
export interface JobQuery {
  /** Comma lists of states, sets of states and results: `pending,failed`. Default: all jobs. */
  filter?: string;
  /** Only these, ids in any encoding; all else but `attrs` is ignored then. */
  ids?: readonly (bigint | string)[];
  /** A name, a number or `all`; default our own. */
  user?: string | number;
  /** Most jobs to return, default 1000; 0: no limit. */
  maxEntries?: number;
  /** Attributes to ask for; default all. */
  attrs?: readonly string[];
}

/** Counts of jobs, as `flux jobs --stats` shows them. */
export interface JobCounts {
  pending: number;
  running: number;
  /** Inactive jobs that did not fail. */
  successful: number;
  /** Canceled and timed out ones included. */
  failed: number;
  active: number;
}

const stateSets: Readonly<Record<string, number>> = {
  depend: JobState.DEPEND,
  priority: JobState.PRIORITY,
  sched: JobState.SCHED,
  run: JobState.RUN,
  cleanup: JobState.CLEANUP,
  inactive: JobState.INACTIVE,
  pending: PENDING,
  running: RUNNING,
  active: ACTIVE,
  all: PENDING | RUNNING,
};
const results: Readonly<Record<string, number>> = {
  completed: JobResult.COMPLETED,
  failed: JobResult.FAILED,
  canceled: JobResult.CANCELED,
  timeout: JobResult.TIMEOUT,
};

/**
 * Jobs in the service's order, or those of the ids in their order. An id that is none of a job's does not fail the others: a line in `errors` tells
 * of it. @throws FluxError EINVAL for a filter, user or id that can't be read
 */
export async function findJobs(flux: Flux, query: JobQuery = {}): Promise<{ jobs: JobInfo[]; errors: string[] }> {
  const { attrs = listAttributes, maxEntries = 1000 } = query;
  if (query.ids) return jobsOfIds(flux, query.ids, attrs);
  const { states, results } = query.filter === undefined ? { states: 0, results: 0 } : jobFilter(query.filter);
  const found = await listJobs(flux, { maxEntries, attrs, userid: jobUser(query.user), states, results });
  const now = Date.now() / 1000;
  return { jobs: found.map((job) => new JobInfo(job, now)), errors: [] };
}

/** Counts of jobs by what has become of them. */
export async function jobCounts(flux: Flux): Promise<JobCounts> {
  const { job_states: states, failed } = await jobStats(flux);
  return {
    pending: states.depend + states.priority + states.sched,
    running: states.run + states.cleanup,
    successful: states.inactive - failed,
    failed,
    active: states.total - states.inactive,
  };
}

/** State and result bits of a filter, in any case; a result means inactive jobs. @throws FluxError EINVAL `Invalid filter specified: WORD` */
export function jobFilter(text: string): { states: number; results: number } {
  const filter = { states: 0, results: 0 };
  for (const word of text.split(',')) {
    const name = word.toLowerCase();
    const states = Object.hasOwn(results, name) ? JobState.INACTIVE : Object.hasOwn(stateSets, name) ? stateSets[name] : undefined;
    if (states === undefined) throw new FluxError('EINVAL', `Invalid filter specified: ${word}`);
    filter.states |= states;
    filter.results |= results[name] ?? 0;
  }
  return filter;
}

/** A user's id by name or number; default our own. @throws FluxError EINVAL for a name that nobody has */
export function jobUser(user?: string | number): number {
  if (user === undefined) return realUserId();
  if (user === 'all') return ALL_USERS;
  if (typeof user === 'number') return user;
  try {
    return getUser(user).uid;
  } catch (e) {
    if (!isErrno(e, 'ENOENT')) throw e;
  }
  if (/^\s*-?\d+\s*$/.test(user)) return Number(user);
  throw new FluxError('EINVAL', `no such user: ${user}`);
}

async function jobsOfIds(flux: Flux, ids: readonly (bigint | string)[], attrs: readonly string[]) {
  const wanted = ids.map((id) => (typeof id === 'string' ? parseJobId(id) : id));
  const answers = await Promise.allSettled(wanted.map((id) => listJob(flux, id, attrs)));
  const jobs: JobInfo[] = [];
  const errors: string[] = [];
  const now = Date.now() / 1000;
  for (const [i, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') jobs.push(new JobInfo(answer.value, now));
    else errors.push(isErrno(answer.reason, 'ENOENT') ? `JobID ${ids[i]} unknown` : `rpc: ${errorText(answer.reason)}`);
  }
  return { jobs, errors };
}
