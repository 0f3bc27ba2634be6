import { FluxError, isJsonObject, JOB_FLAG, JobState, type JsonObject, type Schema, t } from 'flux';
import { checkNesting, mergeAnnotations } from './annotations';
import { type Job, type JobEvent, PRIORITY_NONE } from './job';
import { membersOf } from './wire';

const { NEW, DEPEND, PRIORITY, SCHED, RUN, CLEANUP, INACTIVE } = JobState;
const ANY = NEW | DEPEND | PRIORITY | SCHED | RUN | CLEANUP | INACTIVE;

/** What an event means to a job (docs/protocol/job-manager.md §6.1). */
interface Rule<C> {
  /** States, as a mask, in which it may be posted. */
  legal: number;
  /** A further condition. */
  when?: (job: Job) => boolean;
  /** What its context must be. */
  context?: Schema<C>;
  /** What else is to be checked; what it throws refuses the event. */
  check?: (context: C) => void;
  /** Its effect on the job; may change the state. */
  apply?: (job: Job, context: C, event: JobEvent) => void;
}

/** Checks an event, and gives what applies it. */
type CheckedRule = (job: Job, event: JobEvent) => () => void;

function rule<C = unknown>({ legal, when, context: schema, check, apply }: Rule<C>): CheckedRule {
  return (job, event) => {
    if (!(legal & job.state) || when?.(job) === false) throw new FluxError('EINVAL');
    const context = schema ? membersOf(schema, event.context) : (undefined as C);
    check?.(context);
    return () => apply?.(job, context, event);
  };
}

const startNotPending = (job: Job) => !job.startPending;

const described = t.wire({ description: t.string() });
const finished = t.wire({ description: t.string(), status: t.int() });

/** Flags that the event set-flags may name. */
const settableFlags = {
  debug: (job: Job) => {
    job.flags |= JOB_FLAG.debug;
  },
  'alloc-bypass': (job: Job) => {
    job.allocBypass = true;
  },
};
const flagNames = Object.keys(settableFlags) as (keyof typeof settableFlags)[];

const rules: Readonly<Record<string, CheckedRule>> = {
  submit: rule({
    legal: NEW,
    context: t.wire({ userid: t.int(), urgency: t.int(), flags: t.int() }),
    apply: (job) => enter(job, DEPEND),
  }),
  'dependency-add': rule({
    legal: DEPEND,
    context: described,
    apply: (job, { description }) => job.dependencies.add(description),
  }),
  'dependency-remove': rule({
    legal: DEPEND,
    context: described,
    apply: (job, { description }) => job.dependencies.remove(description),
  }),
  depend: rule({ legal: DEPEND, apply: (job) => enter(job, PRIORITY) }),
  priority: rule({
    legal: PRIORITY | SCHED,
    context: t.wire({ priority: t.int() }),
    apply: (job, { priority }) => {
      job.priority = priority;
      enter(job, SCHED);
    },
  }),
  urgency: rule({
    legal: ANY,
    context: t.wire({ userid: t.int(), urgency: t.int() }),
    apply: (job, { urgency }) => {
      job.urgency = urgency;
    },
  }),
  'set-flags': rule({
    legal: ANY,
    context: t.wire({ flags: t.array(t.oneOf(flagNames)) }),
    apply: (job, { flags }) => {
      for (const flag of flags) settableFlags[flag](job);
    },
  }),
  memo: rule({
    legal: ANY,
    context: t.exactObject(),
    check: checkNesting,
    apply: (job, memo) => {
      job.annotations = mergeAnnotations(job.annotations, { user: memo });
    },
  }),
  alloc: rule({
    legal: SCHED | CLEANUP,
    apply: (job) => {
      job.hasResources = true;
      if (job.state === SCHED) enter(job, RUN);
    },
  }),
  'prolog-start': rule({ legal: ANY, when: startNotPending, context: described, apply: perilogStarted }),
  'prolog-finish': rule({ legal: ANY, when: startNotPending, context: finished, apply: perilogFinished }),
  start: rule({
    legal: ANY,
    apply: (job) => {
      job.started = true;
    },
  }),
  exception: rule({
    legal: DEPEND | PRIORITY | SCHED | RUN | CLEANUP,
    context: t.wire({ type: t.string(), severity: t.int() }),
    apply: (job, { severity }, event) => {
      if (severity === 0) end(job, event);
    },
  }),
  finish: rule({ legal: RUN | CLEANUP, context: t.wire({ status: t.int() }), apply: (job, _, event) => end(job, event) }),
  'epilog-start': rule({ legal: CLEANUP, context: described, apply: perilogStarted }),
  'epilog-finish': rule({ legal: CLEANUP, context: finished, apply: perilogFinished }),
  release: rule({ legal: RUN | CLEANUP, context: t.wire({ ranks: t.string(), final: t.boolean() }) }),
  free: rule({
    legal: CLEANUP,
    when: (job) => job.hasResources,
    apply: (job) => {
      job.hasResources = false;
    },
  }),
  clean: rule({ legal: CLEANUP, apply: (job) => enter(job, INACTIVE) }),
  'flux-restart': rule({
    legal: ANY,
    apply: (job) => {
      if (job.state !== SCHED) return;
      job.priority = PRIORITY_NONE;
      enter(job, PRIORITY);
    },
  }),
};

/**
 * Checks that the event can be posted to the job as it is, and gives what applies it: nothing, for events that the table doesn't know. EINVAL: illegal in this
 * state; EPROTO: malformed context.
 */
export function checkEvent(job: Job, event: JobEvent): () => void {
  return Object.hasOwn(rules, event.name) ? rules[event.name]!(job, event) : noEffect;
}

const noEffect = () => {};

function enter(job: Job, state: JobState): void {
  job.state = state;
}

/** The first event that takes a job to CLEANUP decides its result. */
function end(job: Job, event: JobEvent): void {
  if (job.state === CLEANUP) return;
  job.endEvent = event;
  enter(job, CLEANUP);
}

function perilogStarted(job: Job): void {
  job.perilogs++;
}

function perilogFinished(job: Job): void {
  if (job.perilogs > 0) job.perilogs--;
}

/** Whether a value can be an event's context. */
export function isContext(value: unknown): value is JsonObject | undefined {
  return value === undefined || isJsonObject(value);
}
