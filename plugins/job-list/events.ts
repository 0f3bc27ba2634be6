import { FluxError, JobState, type JsonObject, type Schema, t } from 'flux';
import { isNestedBeyond } from 'flux/internal';
import { mergeAnnotations } from '../_annotations';
import type { ListJob } from './job';

/** An event of a job, from the journal or its eventlog; reals in the context are Real. */
export interface JobEvent {
  timestamp: number;
  name: string;
  context?: JsonObject;
}

/** Deepest nesting of annotations; the job manager takes fewer levels. */
const MAX_NESTING = 256;

type Handler = (job: ListJob, context: JsonObject, timestamp: number) => void;

/**
 * Takes over what an event that needs nothing from the KVS says of the job; one that says nothing to a list is ignored.
 * @throws FluxError EINVAL for a context that no job manager writes: the job is as before
 */
export function applyEvent(job: ListJob, { timestamp, name, context = {} }: JobEvent): void {
  if (!Object.hasOwn(handlers, name)) return;
  if (!Number.isFinite(timestamp)) throw new FluxError('EINVAL', `event ${name}: no timestamp`);
  try {
    handlers[name]!(job, context, timestamp);
  } catch (e) {
    if (!(e instanceof FluxError)) throw e;
    throw new FluxError(e.code, `event ${name}: ${e.message}`, { cause: e });
  }
}

const description = t.wire({ description: t.string() });

const handlers: Readonly<Record<string, Handler>> = {
  submit: withShape(t.wire({ userid: integer('userid'), urgency: integer('urgency') }), (job, { userid, urgency }, timestamp) => {
    Object.assign(job, { userid, urgency, t_submit: timestamp });
  }),
  'dependency-add': withShape(description, (job, { description }) => {
    job.dependencies = [...(job.dependencies ?? []), description];
  }),
  'dependency-remove': withShape(description, (job, { description }) => {
    job.dependencies = (job.dependencies ?? []).filter((d) => d !== description);
  }),
  depend: (job) => {
    if (job.state === JobState.DEPEND) job.state = JobState.PRIORITY;
  },
  priority: withShape(t.wire({ priority: integer('priority') }), (job, { priority }) => {
    job.priority = priority;
    if (job.state === JobState.PRIORITY) job.state = JobState.SCHED;
  }),
  urgency: withShape(t.wire({ urgency: integer('urgency') }), (job, { urgency }) => {
    job.urgency = urgency;
  }),
  'flux-restart': (job) => {
    if (job.state === JobState.SCHED) job.state = JobState.PRIORITY;
  },
  alloc: (job, context, timestamp) => {
    const annotations = annotationsIn(context);
    if (job.state === JobState.SCHED) {
      job.state = JobState.RUN;
      job.t_run = timestamp;
    }
    if (annotations) job.annotations = annotations;
  },
  finish: withShape(t.wire({ status: integer('status') }), (job, { status }, timestamp) => {
    job.waitstatus = status;
    if (job.state === JobState.RUN) enterCleanup(job, timestamp);
  }),
  exception: withShape(
    t.wire({ severity: integer('severity'), type: t.string(), note: t.optional(t.any()) }),
    (job, { severity, type, note }, timestamp) => {
      const exception = { severity, type, note: typeof note === 'string' ? note : '' };
      if (!job.exception || severity < job.exception.severity) job.exception = exception;
      if (severity === 0 && job.state < JobState.CLEANUP) enterCleanup(job, timestamp);
    },
  ),
  clean: (job, _, timestamp) => {
    job.state = JobState.INACTIVE;
    job.t_inactive = timestamp;
  },
  annotations: (job, context) => {
    job.annotations = annotationsIn(context);
  },
  memo: (job, context) => {
    job.annotations = mergeAnnotations(job.annotations, { user: shallow(context) }) as JsonObject | undefined;
  },
};

function enterCleanup(job: ListJob, timestamp: number): void {
  job.state = JobState.CLEANUP;
  job.t_cleanup ??= timestamp;
}

/** A handler of contexts of a shape; of others it is an error. */
function withShape<T>(shape: Schema<T>, handle: (job: ListJob, context: T, timestamp: number) => void): Handler {
  return (job, context, timestamp) => handle(job, shape.parse(context), timestamp);
}

/** An integer that a number holds exactly. */
function integer(key: string) {
  return t.transform(t.int(), (value) => {
    if (!Number.isSafeInteger(value)) throw new FluxError('EINVAL', `${key} is out of range`);
    return value;
  });
}

const annotated = t.wire({ annotations: t.optional(t.exactObject()) });

/** Null says the same as none. */
function annotationsIn({ annotations }: JsonObject): JsonObject | undefined {
  const { annotations: given } = annotated.parse({ annotations: annotations ?? undefined });
  return given && shallow(given);
}

/** Annotations travel inside lists of jobs inside messages. */
function shallow(annotations: JsonObject): JsonObject {
  if (isNestedBeyond(MAX_NESTING, annotations)) throw new FluxError('EINVAL', 'annotations are nested too deeply');
  return annotations;
}
