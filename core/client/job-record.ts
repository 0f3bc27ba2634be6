import { jobIdFromJson } from '../formats/fluid';
import { isJsonObject, type JsonObject, type JsonValue, Real } from '../formats/json';
import { userName } from '../sys/credentials';
import { endedBySignal, exitCode, terminatingSignal } from '../sys/waitstatus';
import {
  JobResult,
  type JobResultName,
  JobState,
  type JobStateName,
  jobResultName,
  jobStateName,
  PENDING,
  RUNNING,
  resultAbbreviations,
} from './job-states';

/** A job's status: its result once it has one. */
export type JobStatus = 'PENDING' | 'RUNNING' | JobResultName;

const stateLetters: Readonly<Record<JobStateName, string>> = {
  NEW: 'N',
  DEPEND: 'D',
  PRIORITY: 'P',
  SCHED: 'S',
  RUN: 'R',
  CLEANUP: 'C',
  INACTIVE: 'I',
};
const statusAbbreviations: Readonly<Record<JobStatus, string>> = { PENDING: 'PD', RUNNING: 'R', ...resultAbbreviations };

/** The returncode of a canceled job that never ran. */
const NEVER_RAN = -128;

/**
 * A job as a list shows it: what job-list tells of it, or the outcome that jobResult() gives, and what follows from that (flux-jobs(1),
 * docs/protocol/job-sdk.md §4). What the service did not tell is undefined; times are then 0.
 */
export class JobInfo {
  /** The job as the service told it. */
  readonly job: Readonly<JsonObject>;
  readonly #now: number;

  /** `now` is the time that a running job's runtime is counted to, in seconds since the epoch. */
  constructor(job: Readonly<JsonObject>, now = Date.now() / 1000) {
    this.job = job;
    this.#now = now;
  }

  get id(): bigint {
    return jobIdFromJson(this.job['id']);
  }

  /** Name of the user; the number as text if it has none. */
  get username(): string {
    return userName(this.number('userid'));
  }

  get state(): JobStateName | undefined {
    return jobStateName(this.number('state'));
  }

  /** The state's letter: D P S R C I. */
  get stateLetter(): string | undefined {
    return this.state && stateLetters[this.state];
  }

  get result(): JobResultName | undefined {
    return jobResultName(this.number('result'));
  }

  /** CD F CA TO */
  get resultAbbreviation(): string | undefined {
    return this.result && resultAbbreviations[this.result];
  }

  get status(): JobStatus | undefined {
    const bit = this.number('state');
    if (bit & PENDING) return 'PENDING';
    if (bit & RUNNING) return 'RUNNING';
    // An outcome has no state: it is that of a job that has ended.
    return bit === JobState.INACTIVE || bit === 0 ? this.result : undefined;
  }

  /** PD R CD F CA TO */
  get statusAbbreviation(): string | undefined {
    return this.status && statusAbbreviations[this.status];
  }

  /** The exit code, or minus the signal that ended the job; -128 for one canceled before it ran. */
  get returncode(): number | undefined {
    const status = this.job['waitstatus'];
    if (typeof status === 'number') return endedBySignal(status) ? -terminatingSignal(status) : exitCode(status);
    return this.number('result') === JobResult.CANCELED ? NEVER_RAN : undefined;
  }

  /** Seconds that the job has run; 0 if it never did. */
  get runtime(): number {
    const from = this.number('t_run');
    const to = this.number('t_cleanup');
    if (from > 0 && to > 0) return to - from;
    return from > 0 ? this.#now - from : 0;
  }

  /** Seconds that a running job has left; 0 without an expiration. */
  get remaining(): number {
    const left = this.number('expiration') - this.#now;
    return this.status === 'RUNNING' && left > 0 ? left : 0;
  }

  get dependencies(): string[] {
    const list = this.job['dependencies'];
    return Array.isArray(list) ? list.map(String) : [];
  }

  /** An annotation by its path, `sched.t_estimate`; undefined if there is none. Without a path: all of them. */
  annotation(path = ''): JsonValue | undefined {
    let value: JsonValue | undefined = this.job['annotations'];
    for (const key of path === '' ? [] : path.split('.')) value = isJsonObject(value) && !(value instanceof Real) ? value[key] : undefined;
    return value ?? undefined;
  }

  /** A number that the service told, or 0. */
  number(name: string): number {
    const value = this.job[name];
    return value === undefined || value === null ? 0 : Number(value);
  }
}
