import { FluxError } from '../sys/errors';

/** Job states (RFC 21), as bits. */
export const JobState = { NEW: 1, DEPEND: 2, PRIORITY: 4, SCHED: 8, RUN: 16, CLEANUP: 32, INACTIVE: 64 } as const;
export type JobState = (typeof JobState)[JobStateName];
/** A state of a job, by name. */
export type JobStateName = keyof typeof JobState;

/** Virtual states: sets of states with a name. */
export const PENDING = JobState.DEPEND | JobState.PRIORITY | JobState.SCHED;
/** The virtual state of jobs that run, or are cleaned up after: RUN or CLEANUP. */
export const RUNNING = JobState.RUN | JobState.CLEANUP;
/** The virtual state of jobs that are not over: all states but NEW and INACTIVE. */
export const ACTIVE = PENDING | RUNNING;

/** How a job ended, as bits. */
export const JobResult = { COMPLETED: 1, FAILED: 2, CANCELED: 4, TIMEOUT: 8 } as const;
export type JobResult = (typeof JobResult)[JobResultName];
/** How a job ended, by name. */
export type JobResultName = keyof typeof JobResult;

/** Abbreviations of results. */
export const resultAbbreviations: Readonly<Record<JobResultName, string>> = { COMPLETED: 'CD', FAILED: 'F', CANCELED: 'CA', TIMEOUT: 'TO' };

/** Name of a state bit; undefined if it is none. */
export const jobStateName = (bit: number): JobStateName | undefined => nameOf(JobState, bit);

/** Name of a result bit; undefined if it is none. */
export const jobResultName = (bit: number): JobResultName | undefined => nameOf(JobResult, bit);

/** The bit of a state given by its name or its first letter, in any case. @throws FluxError EINVAL */
export function parseJobState(text: string): JobState {
  const upper = text.toUpperCase();
  const name = Object.keys(JobState).find((state) => state === upper || state[0] === upper);
  if (name === undefined) throw new FluxError('EINVAL', `unknown job state '${text}'`);
  return JobState[name as JobStateName];
}

function nameOf<N extends string>(table: Readonly<Record<N, number>>, bit: number): N | undefined {
  return (Object.keys(table) as N[]).find((name) => table[name] === bit);
}
