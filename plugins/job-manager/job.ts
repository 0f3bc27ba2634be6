import { decodeJson, JOB_FLAG, JobState, type JsonObject, type JsonValue, Raw, Real } from 'flux';

/** Priorities that urgencies hold and expedite force. */
export const PRIORITY_HELD = 0;
export const PRIORITY_EXPEDITED = 4294967295;
export const PRIORITY_NONE = -1;

/** Userid of what the system itself does; printed so in events. */
export const USERID_SYSTEM = -1;

/** Where a job stands with the scheduler: its alloc request is not wanted, queued here, or sent and not answered. */
export type AllocState = 'none' | 'queued' | 'outstanding';

export interface JobInit {
  id: bigint;
  userid: number;
  urgency: number;
  flags: number;
  /** Seconds since the epoch. */
  tSubmit: number;
  /** Jobspec without environment, with reals as Real. */
  jobspec: JsonObject;
}

/** An event that is posted to a job. */
export interface JobEvent {
  timestamp: number;
  name: string;
  context?: JsonObject | undefined;
}

/** An active job, or a waitable one that is not yet waited for. What the eventlog says is changed by machine.ts alone. */
export class Job {
  readonly id: bigint;
  readonly userid: number;
  readonly tSubmit: number;
  /** Reals are Real in it: what is sent on loses nothing. Frozen. */
  readonly jobspec: JsonObject;
  #plainJobspec: JsonObject | undefined;

  // from the eventlog
  state: JobState = JobState.NEW;
  urgency: number;
  flags: number;
  priority = PRIORITY_NONE;
  allocBypass = false;
  hasResources = false;
  /** Its shells were started, by this job manager or an earlier one. */
  started = false;
  /** Prologs and epilogs under way. */
  perilogs = 0;
  annotations: JsonObject | undefined;
  readonly dependencies = new Dependencies();
  /** What took the job to CLEANUP, and so decides its result. */
  endEvent: JobEvent | undefined;
  /** Number of entries in the eventlog. */
  eventlogSeq = 0;

  // this job manager's own
  alloc: AllocState = 'none';
  /** sched.cancel was sent for the outstanding alloc request. */
  allocCancelled = false;
  /** Priority that the scheduler knows of. */
  allocPriority = PRIORITY_NONE;
  freePending = false;
  startPending = false;
  /** The job ran before this job manager started. */
  reattach = false;
  /** DEPEND is being entered: no `depend` before its callbacks are done. */
  entering = false;
  /** Names of the events posted since this job manager started. */
  readonly posted = new Set<string>();

  constructor({ id, userid, urgency, flags, tSubmit, jobspec }: JobInit) {
    this.id = id;
    this.userid = userid;
    this.urgency = urgency;
    this.flags = flags;
    this.tSubmit = tSubmit;
    this.jobspec = jobspec;
  }

  /** The jobspec as plugins see it: plain numbers. */
  get plainJobspec(): JsonObject {
    this.#plainJobspec ??= plain(this.jobspec) as JsonObject;
    return this.#plainJobspec;
  }

  get debug(): boolean {
    return (this.flags & JOB_FLAG.debug) !== 0;
  }
  get waitable(): boolean {
    return (this.flags & JOB_FLAG.waitable) !== 0;
  }
  get held(): boolean {
    return this.priority === PRIORITY_HELD;
  }
  /** In RUN or CLEANUP. */
  get running(): boolean {
    return (this.state & (JobState.RUN | JobState.CLEANUP)) !== 0;
  }
}

/** The dependencies of a job: descriptions that are outstanding, and all it ever had. */
export class Dependencies {
  readonly #outstanding = new Set<string>();
  readonly #used = new Set<string>();
  /** Added and removed while the job was in NEW: posted when it enters DEPEND. */
  readonly pendingAdds: string[] = [];
  readonly pendingRemoves: string[] = [];

  /** Outstanding descriptions, in the order they were added. */
  get outstanding(): string[] {
    return [...this.#outstanding];
  }
  get count(): number {
    return this.#outstanding.size;
  }
  get everUsed(): boolean {
    return this.#used.size > 0;
  }
  has(description: string): boolean {
    return this.#outstanding.has(description);
  }
  /** Outstanding, or to be once the job is in DEPEND. */
  isWanted(description: string): boolean {
    return this.has(description) || (this.pendingAdds.includes(description) && !this.pendingRemoves.includes(description));
  }
  wasUsed(description: string): boolean {
    return this.#used.has(description);
  }
  add(description: string): void {
    this.#used.add(description);
    this.#outstanding.add(description);
  }
  remove(description: string): boolean {
    return this.#outstanding.delete(description);
  }
}

/** Names of the states, as published (`job-state` events, callback topics in lower case). */
export function stateName(state: JobState): string {
  return stateNames[state] ?? 'UNKNOWN';
}

const stateNames = Object.fromEntries(Object.entries(JobState).map(([name, bit]) => [bit, name]));

/** A decoded value with reals as plain numbers; the value itself where there are none. */
export function plain(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Real) return value.valueOf();
  if (value instanceof Raw) return decodeJson(value.text);
  if (Array.isArray(value)) {
    const members = value.map(plain);
    return members.some((member, i) => member !== value[i]) ? members : value;
  }
  let changed = false;
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) {
    copy[key] = plain(member);
    if (copy[key] !== member) changed = true;
  }
  return changed ? copy : value;
}
