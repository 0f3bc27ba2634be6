import { FluxError, JobState, type JsonObject } from 'flux';
import { isNestedBeyond, member } from 'flux/internal';
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

const handlers: Readonly<Record<string, Handler>> = {
  submit: (job, context, timestamp) => {
    const [userid, urgency] = [integer(context, 'userid'), integer(context, 'urgency')];
    Object.assign(job, { userid, urgency, t_submit: timestamp });
  },
  'dependency-add': (job, context) => {
    job.dependencies = [...(job.dependencies ?? []), member.string(context, 'description')];
  },
  'dependency-remove': (job, context) => {
    const description = member.string(context, 'description');
    job.dependencies = (job.dependencies ?? []).filter((d) => d !== description);
  },
  depend: (job) => {
    if (job.state === JobState.DEPEND) job.state = JobState.PRIORITY;
  },
  priority: (job, context) => {
    job.priority = integer(context, 'priority');
    if (job.state === JobState.PRIORITY) job.state = JobState.SCHED;
  },
  urgency: (job, context) => {
    job.urgency = integer(context, 'urgency');
  },
  'flux-restart': (job) => {
    if (job.state === JobState.SCHED) job.state = JobState.PRIORITY;
  },
  alloc: (job, context, timestamp) => {
    const annotations = optionalObject(context, 'annotations');
    if (job.state === JobState.SCHED) {
      job.state = JobState.RUN;
      job.t_run = timestamp;
    }
    if (annotations) job.annotations = annotations;
  },
  finish: (job, context, timestamp) => {
    job.waitstatus = integer(context, 'status');
    if (job.state === JobState.RUN) enterCleanup(job, timestamp);
  },
  exception: (job, context, timestamp) => {
    const note = context['note'];
    const exception = {
      severity: integer(context, 'severity'),
      type: member.string(context, 'type'),
      note: typeof note === 'string' ? note : '',
    };
    if (!job.exception || exception.severity < job.exception.severity) job.exception = exception;
    if (exception.severity === 0 && job.state < JobState.CLEANUP) enterCleanup(job, timestamp);
  },
  clean: (job, _, timestamp) => {
    job.state = JobState.INACTIVE;
    job.t_inactive = timestamp;
  },
  annotations: (job, context) => {
    job.annotations = optionalObject(context, 'annotations');
  },
  memo: (job, context) => {
    job.annotations = mergeAnnotations(job.annotations, { user: shallow(context) }) as JsonObject | undefined;
  },
};

function enterCleanup(job: ListJob, timestamp: number): void {
  job.state = JobState.CLEANUP;
  job.t_cleanup ??= timestamp;
}

/** An integer that a number holds exactly. */
function integer(context: JsonObject, key: string): number {
  const value = member.integer(context, key);
  if (!Number.isSafeInteger(value)) throw new FluxError('EINVAL', `${key} is out of range`);
  return value;
}

function optionalObject(context: JsonObject, key: string): JsonObject | undefined {
  return context[key] === undefined || context[key] === null ? undefined : shallow(member.object(context, key));
}

/** Annotations travel inside lists of jobs inside messages. */
function shallow(annotations: JsonObject): JsonObject {
  if (isNestedBeyond(MAX_NESTING, annotations)) throw new FluxError('EINVAL', 'annotations are nested too deeply');
  return annotations;
}
