import { FluxError, isJsonObject, JOB_FLAG, JobState, type JsonObject } from 'flux';
import { checkNesting, mergeAnnotations } from './annotations';
import { type Job, type JobEvent, PRIORITY_NONE } from './job';

const { NEW, DEPEND, PRIORITY, SCHED, RUN, CLEANUP, INACTIVE } = JobState;
const ANY = NEW | DEPEND | PRIORITY | SCHED | RUN | CLEANUP | INACTIVE;

/** What an event means to a job (job-manager.md §6.1). */
interface Rule {
  /** States, as a mask, in which it may be posted. */
  legal: number;
  /** A further condition. */
  when?: (job: Job) => boolean;
  /** Checks the context; what it throws refuses the event. */
  check?: (context: Context) => void;
  /** Its effect on the job; may change the state. */
  apply?: (job: Job, context: Context, event: JobEvent) => void;
}

const startNotPending = (job: Job) => !job.startPending;

const rules: Readonly<Record<string, Rule>> = {
  submit: {
    legal: NEW,
    check: (c) => [c.int('userid'), c.int('urgency'), c.int('flags')],
    apply: (job) => enter(job, DEPEND),
  },
  'dependency-add': {
    legal: DEPEND,
    check: (c) => c.string('description'),
    apply: (job, c) => job.dependencies.add(c.string('description')),
  },
  'dependency-remove': {
    legal: DEPEND,
    check: (c) => c.string('description'),
    apply: (job, c) => job.dependencies.remove(c.string('description')),
  },
  depend: { legal: DEPEND, apply: (job) => enter(job, PRIORITY) },
  priority: {
    legal: PRIORITY | SCHED,
    check: (c) => c.int('priority'),
    apply: (job, c) => {
      job.priority = c.int('priority');
      enter(job, SCHED);
    },
  },
  urgency: {
    legal: ANY,
    check: (c) => [c.int('userid'), c.int('urgency')],
    apply: (job, c) => {
      job.urgency = c.int('urgency');
    },
  },
  'set-flags': { legal: ANY, check: (c) => flagNames(c), apply: (job, c) => setFlags(job, flagNames(c)) },
  memo: {
    legal: ANY,
    check: (c) => checkNesting(c.members),
    apply: (job, c) => {
      job.annotations = mergeAnnotations(job.annotations, { user: c.members });
    },
  },
  alloc: {
    legal: SCHED | CLEANUP,
    apply: (job) => {
      job.hasResources = true;
      if (job.state === SCHED) enter(job, RUN);
    },
  },
  'prolog-start': { legal: ANY, when: startNotPending, check: (c) => c.string('description'), apply: perilogStarted },
  'prolog-finish': { legal: ANY, when: startNotPending, check: finishContext, apply: perilogFinished },
  start: {
    legal: ANY,
    apply: (job) => {
      job.started = true;
    },
  },
  exception: {
    legal: DEPEND | PRIORITY | SCHED | RUN | CLEANUP,
    check: (c) => [c.string('type'), c.int('severity')],
    apply: (job, c, event) => {
      if (c.int('severity') === 0) end(job, event);
    },
  },
  finish: { legal: RUN | CLEANUP, check: (c) => c.int('status'), apply: (job, _c, event) => end(job, event) },
  'epilog-start': { legal: CLEANUP, check: (c) => c.string('description'), apply: perilogStarted },
  'epilog-finish': { legal: CLEANUP, check: finishContext, apply: perilogFinished },
  release: { legal: RUN | CLEANUP, check: (c) => [c.string('ranks'), c.boolean('final')] },
  free: {
    legal: CLEANUP,
    when: (job) => job.hasResources,
    apply: (job) => {
      job.hasResources = false;
    },
  },
  clean: { legal: CLEANUP, apply: (job) => enter(job, INACTIVE) },
  'flux-restart': {
    legal: ANY,
    apply: (job) => {
      if (job.state !== SCHED) return;
      job.priority = PRIORITY_NONE;
      enter(job, PRIORITY);
    },
  },
};

/** Throws if the event can't be posted to the job as it is: EINVAL illegal in this state, EPROTO malformed context. */
export function checkEvent(job: Job, event: JobEvent): void {
  const rule = ruleOf(event.name);
  if (!rule) return;
  if (!(rule.legal & job.state) || rule.when?.(job) === false) throw new FluxError('EINVAL');
  rule.check?.(new Context(event.context));
}

/** Applies an event that passed checkEvent. Events the table doesn't know have no effect. */
export function applyEvent(job: Job, event: JobEvent): void {
  ruleOf(event.name)?.apply?.(job, new Context(event.context), event);
}

const ruleOf = (name: string) => (Object.hasOwn(rules, name) ? rules[name] : undefined);

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

function finishContext(context: Context): void {
  context.string('description');
  context.int('status');
}

const settableFlags: Readonly<Record<string, (job: Job) => void>> = {
  debug: (job) => {
    job.flags |= JOB_FLAG.debug;
  },
  'alloc-bypass': (job) => {
    job.allocBypass = true;
  },
};

function setFlags(job: Job, names: string[]): void {
  for (const name of names) settableFlags[name]?.(job);
}

function flagNames(context: Context): string[] {
  const names = context.array('flags');
  if (!names.every((name): name is string => typeof name === 'string' && Object.hasOwn(settableFlags, name))) throw new FluxError('EPROTO');
  return names;
}

/** Typed access to an event's context: EPROTO for a member that is missing or of another type. */
class Context {
  readonly members: JsonObject;
  constructor(context: JsonObject | undefined) {
    this.members = context ?? {};
  }
  string(key: string): string {
    return this.#member(key, (v): v is string => typeof v === 'string');
  }
  boolean(key: string): boolean {
    return this.#member(key, (v): v is boolean => typeof v === 'boolean');
  }
  array(key: string): unknown[] {
    return this.#member(key, (v): v is unknown[] => Array.isArray(v));
  }
  int(key: string): number {
    return Number(this.#member(key, (v): v is number | bigint => Number.isInteger(v) || typeof v === 'bigint'));
  }
  #member<T>(key: string, is: (value: unknown) => value is T): T {
    const value = this.members[key];
    if (!is(value)) throw new FluxError('EPROTO');
    return value;
  }
}

/** Whether a value can be an event's context. */
export function isContext(value: unknown): value is JsonObject | undefined {
  return value === undefined || isJsonObject(value);
}
