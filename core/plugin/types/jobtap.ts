import type { JobResult, JobState } from '../../client/job-states';
import type { EventlogEntry } from '../../formats/eventlog';
import type { EncodableObject, JsonObject } from '../../formats/json';
import type { Flux, StreamHandler } from '../../handle';
import type { Schema } from '../../schema/schema';
import type { Log, Owned, ServeHandler, ServeOptions, Undo } from './common';

/**
 * A job manager plugin (flux-jobtap-plugins(7)). `C` is the type of its conf.
 *
 * ```ts
 * export default defineJobtap({ name: 'greedy', api: 1, setup(p) { p.on('job.state.priority', () => ({ priority: 4294967295 })); } });
 * ```
 */
export interface JobtapDefinition<C = JsonObject> {
  /** Service name: methods are `job-manager.NAME.METHOD`. In `flux jobtap list` a plugin stands under its file's name. No `/`, no `.`. */
  name: string;
  /** Version of this interface; 1. */
  api: 1;
  /** Schema of the conf that was given at load (`flux jobtap load P KEY=VAL`, `[job-manager] plugins`). Checked before setup. */
  config?: Schema<C>;
  /**
   * The parts of the broker configuration (`p.config`) that it reads: paths such as `job-manager.prolog`, each with all that is below it. Tables and keys that
   * nobody reads are a warning in the log. Without it the table `[NAME]` counts as read.
   */
  reads?: readonly string[];
  /** Registers handlers, once. A throw fails the load and leaves nothing behind. Synchronous. */
  setup(p: JobtapContext<C>): void;
}

/** A job as handlers see it. A live view: `state`, `priority` and `urgency` are those after the event. Not to be kept beyond the call; keep the id. */
export interface JobtapJob {
  readonly id: bigint;
  readonly userid: number;
  /** 0 (held) to 31 (expedited), default 16. */
  readonly urgency: number;
  readonly state: JobState;
  /** 0 to 4294967295; -1 while none was assigned. */
  readonly priority: number;
  /** Whether its shells were started, by this job manager or before it: the eventlog has `start`. */
  readonly started: boolean;
  /** Submission time, seconds since the epoch. */
  readonly t_submit: number;
  /** Without its environment. Read-only. */
  readonly jobspec: JsonObject;
}

/** An element of the jobspec's `attributes.system.dependencies` (RFC 26), with all its keys. */
export interface Dependency {
  readonly scheme: string;
  readonly value?: unknown;
  readonly [key: string]: unknown;
}

/** The second argument of all handlers: one object for the whole chain, so later plugins see what earlier ones put into `out`. */
export interface JobtapCall {
  /** The topic of this call, for handlers of a glob. */
  readonly topic: string;
  /** Output of the chain so far. */
  readonly out: Readonly<JobtapOut>;
  /** Merges top-level keys into `out`, as returning an object does; `replace` empties it first. */
  set(out: JobtapOut, options?: { replace?: boolean }): void;
}

/** The call of `job.validate`, which may reject the job. */
export interface RejectingCall extends JobtapCall {
  /** Rejects the job: the submission fails with EINVAL and this text (default `rejected by job-manager plugin 'NAME'`; cut at 1023 bytes). Never returns. */
  reject(text?: string): never;
}

/** The call of `job.dependency.*`: the dependency is one of its scheme. */
export interface DependencyCall extends RejectingCall {
  readonly dependency: Dependency;
}

/** The call of a state: the event that led there, and the state before. */
export interface StateCall extends JobtapCall {
  /** The event that led here; undefined where a plugin is told of a job in DEPEND as it is loaded. */
  readonly entry: EventlogEntry | undefined;
  readonly prevState: JobState | undefined;
}

/** The call of `job.event.*`: the event that was posted. */
export interface EventCall extends JobtapCall {
  readonly entry: EventlogEntry;
}

/** Handlers of globs get whatever the topic at hand has. */
export type AnyCall = JobtapCall & Partial<Omit<DependencyCall & StateCall, keyof JobtapCall>>;

/** Output of a handler: what it returns is merged, key by key, into `out`. */
export interface JobtapOut {
  /** New priority (an integer >= 0; urgency 0 and 31 override it), or 'unavailable': the job waits in PRIORITY for p.reprioritize. */
  priority?: number | 'unavailable';
  /** Merged into the job's annotations; a null member removes one. */
  annotations?: EncodableObject;
  [key: string]: unknown;
}

// biome-ignore lint/suspicious/noConfusingVoidType: a handler may return nothing
type Nothing = void | undefined;
type MayWait = Nothing | Promise<void>;
type Annotating = Nothing | { annotations?: EncodableObject };
type Prioritising = Nothing | 'unavailable' | JobtapOut;

/**
 * Every hook: what its handler gets, may return, and when it is called.
 *
 * All are chains in load order, and of each plugin only the first registered matching handler is called. A throw stops the chain; what it
 * does to the job is said below ("logged": error line `jobtap: TOPIC: callback returned error`, no effect on the job). Handlers run synchronously and
 * nest: a call that posts an event runs that event's chain before it returns. A promise is allowed where it says "may wait" and nowhere else: a
 * type error here, and at run time an error that names the plugin.
 */
export interface JobtapHooks {
  /**
   * Each submitted job, state NEW, before anything is known about it; may wait. Reject with call.reject. A throw rejects too, with
   * `rejected by job-manager plugin`. After a rejection nothing is called for the job any more.
   */
  'job.validate': (job: JobtapJob, call: RejectingCall) => MayWait;
  /**
   * Each dependency of the jobspec with this scheme, after job.validate, in order; again at restart and at plugin load for jobs in DEPEND; may wait. That
   * a handler matches is what makes the scheme supported. Usually ends in p.dependencyAdd. Reject as in job.validate.
   */
  [scheme: `job.dependency.${string}`]: (job: JobtapJob, call: DependencyCall) => MayWait;
  /** A job was accepted (state NEW); or, at restart and at plugin load, is there already (any state but INACTIVE). First sight of a job, where accounting starts. Logged. */
  'job.new': (job: JobtapJob, call: JobtapCall) => Annotating;
  /** DEPEND entered by submit; at plugin load for jobs in it. The last place to add dependencies. Not at restart. Logged. */
  'job.state.depend': (job: JobtapJob, call: StateCall) => Annotating;
  /** PRIORITY entered: return a priority and the job goes on to SCHED, 'unavailable' or nothing and it waits for p.reprioritize. Logged, what is in `out` still counts. */
  'job.state.priority': (job: JobtapJob, call: StateCall) => Prioritising;
  /** SCHED entered, before the job is queued; a priority reprioritises. Logged. */
  'job.state.sched': (job: JobtapJob, call: StateCall) => Prioritising;
  /** RUN entered, resources are allocated; the place for p.prologStart. Logged. */
  'job.state.run': (job: JobtapJob, call: StateCall) => Annotating;
  /** CLEANUP entered, after finish or a fatal exception; the place for p.epilogStart. Logged. */
  'job.state.cleanup': (job: JobtapJob, call: StateCall) => Annotating;
  /** INACTIVE entered; the job is forgotten afterwards. Last callback for a job. Logged. */
  'job.state.inactive': (job: JobtapJob, call: StateCall) => Annotating;
  /** Every event of a job the plugin has subscribed to (p.subscribe), of any name, before the job.state callback of the same event. Logged. */
  [event: `job.event.${string}`]: (job: JobtapJob, call: EventCall) => Nothing;
  /** A priority is asked for again: urgency changed, p.reprioritizeAll, plugin load. Jobs in PRIORITY and SCHED. Nothing returned leaves it unchanged. Logged. */
  'job.priority.get': (job: JobtapJob, call: JobtapCall) => Prioritising;
  /** Every state callback (fnmatch: `*` matches dots, too). */
  'job.state.*': (job: JobtapJob, call: StateCall) => Prioritising;
  /** Every callback, whatever the topic. Counts as a handler of every dependency scheme. */
  'job.*': (job: JobtapJob, call: AnyCall) => Prioritising;
  '*': (job: JobtapJob, call: AnyCall) => Prioritising;
}

/** The topic of a hook; that of a dependency or an event ends in `*` here. */
export type JobtapTopic = keyof JobtapHooks;

/** Topics whose handlers may return a promise, as globs: all others are synchronous. */
export const jobtapMayWait: readonly string[] = ['job.validate', 'job.dependency.*'];

/** The topics there are, as globs: registering a handler that can match none of them is an error at load. */
export const jobtapTopics: readonly string[] = [
  'job.validate',
  'job.dependency.*',
  'job.new',
  'job.state.depend',
  'job.state.priority',
  'job.state.sched',
  'job.state.run',
  'job.state.cleanup',
  'job.state.inactive',
  'job.event.*',
  'job.priority.get',
];

/** A job, by id or by the object a handler got. */
export type JobRef = bigint | Pick<JobtapJob, 'id'>;
/** The same, or the job of the callback that is running (C: FLUX_JOBTAP_CURRENT_JOB); EINVAL where none is. */
export type CurrentJobRef = JobRef | 'current';

/** Data a plugin attaches to jobs, dropped when a job is forgotten (flux_jobtap_job_aux_set, _get, _delete). */
export interface JobData<T> {
  get(job: CurrentJobRef): T | undefined;
  /** Replacing a value disposes the old one. ENOENT for an unknown job. */
  set(job: CurrentJobRef, value: T): void;
  delete(job: CurrentJobRef): boolean;
}

/** How data that a plugin attaches to jobs are shared, and disposed of. */
export interface JobDataOptions<T> {
  /** Shares the data with all plugins that use the same name. Without it the data are the plugin's own. */
  name?: string;
  /** Called when a value is replaced, deleted, or its job forgotten. */
  dispose?: (value: T) => void;
}

/**
 * The argument of a jobtap plugin's setup: docs/api.md maps each flux_jobtap_* function to a member. Errors common to all that take a job: ENOENT unknown id;
 * EINVAL a required argument missing. What posts an event fails with EAGAIN while the job is in NEW, but for the dependency functions.
 */
export interface JobtapContext<C = JsonObject> extends Owned {
  /** The job manager's handle: RPCs and events. Timers: p.every, p.after. */
  readonly flux: Flux;
  /** Service name, from the definition. */
  readonly name: string;
  /** Conf of this load, read by the schema `config`; without one as given, `{}` if none was. */
  readonly conf: C;
  /** The broker configuration as it is now. */
  readonly config: JsonObject;
  /** The broker's environment, for processes that are to be like those it starts. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** The job whose callback is running. */
  readonly current: JobtapJob | undefined;

  /** Registers a handler for a topic of JobtapHooks. */
  on<T extends JobtapTopic>(topic: T, handler: JobtapHooks[T]): void;
  /** Registers a handler for any other glob (fnmatch without flags: `*` also matches `.`). */
  on(glob: `${string}${'*' | '?' | '['}${string}`, handler: JobtapHooks['*']): void;

  /** Answers `job-manager.NAME.METHOD`; `''`: `job-manager.NAME` itself. Of two with the same topic the latest gets the requests. */
  serve<P = JsonObject>(method: string, options: ServeOptions<P>, handler: ServeHandler<P>): Undo;
  serveStream<P = JsonObject>(method: string, options: ServeOptions<P>, handler: StreamHandler<P>): Undo;

  /** A place for data of this plugin (or, named, of several) about jobs. */
  jobData<T>(options?: JobDataOptions<T>): JobData<T>;
  /** An active job or the current one. ENOENT otherwise. */
  lookup(job: CurrentJobRef): JobtapJob;
  /** JobResult bit. EINVAL unless in CLEANUP or INACTIVE. */
  jobResult(job: CurrentJobRef): JobResult;
  /** Whether such an event was posted since the job manager started; replayed ones do not count. */
  eventPosted(job: CurrentJobRef, name: string): boolean;

  /** Asks job.priority.get for every job in PRIORITY and SCHED, and reorders the queue once. */
  reprioritizeAll(): void;
  /** Sets a priority, an integer >= 0. No event if it is the same; nothing in other states than PRIORITY and SCHED. */
  reprioritize(job: JobRef, priority: number): void;

  /** Keeps the job in DEPEND until removed. A description the job ever had is ignored. In NEW: remembered and posted on entering DEPEND. EINVAL in other states. */
  dependencyAdd(job: JobRef, description: string): void;
  /** Whether it is added and not removed. After dependencyAdd: false for one the job is rid of, since job.dependency callbacks come again at restart. */
  hasDependency(job: JobRef, description: string): boolean;
  /** The last removal lets the job go on. ENOENT if it is not outstanding; EINVAL in other states than NEW and DEPEND. */
  dependencyRemove(job: JobRef, description: string): void;

  /** Posts `set-flags`. */
  setFlag(job: CurrentJobRef, flag: 'alloc-bypass' | 'debug'): void;
  /** Posts `exception`; severity 0 is fatal. The text is cut at 1023 bytes. Running shells are not told: the job waits in CLEANUP for its tasks. */
  raiseException(job: CurrentJobRef, type: string, severity: number, text: string): void;
  /** Posts any event, through the state machine. EINVAL empty name or illegal in this state; EPROTO malformed context of a known event. */
  postEvent(job: CurrentJobRef, name: string, context?: EncodableObject): void;

  /** From now on job.event.* callbacks come for this job. */
  subscribe(job: CurrentJobRef): void;
  unsubscribe(job: CurrentJobRef): void;

  /** Current job only: keeps the start request back until prologFinish. EINVAL from CLEANUP on, or with a start outstanding. */
  prologStart(description: string): void;
  /** `status` is a wait status. EINVAL while a start is outstanding. */
  prologFinish(job: CurrentJobRef, description: string, status: number): void;
  /** Current job only, in CLEANUP: keeps the resources until epilogFinish. EINVAL otherwise, or after free was sent. */
  epilogStart(description: string): void;
  epilogFinish(job: CurrentJobRef, description: string, status: number): void;
}
