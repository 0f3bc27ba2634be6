import { decodeJson, decodeJsonObject, decodeR, encodeJson, Hostlist, IDSET_FLAG, IdSet, JobResult, JobState, type JsonObject } from 'flux';
import { mergeAnnotations } from '../_annotations';

export interface JobException {
  severity: number;
  type: string;
  note: string;
}

/** An event of a job, from the journal or its eventlog; reals in the context are Real. */
export interface JobEvent {
  timestamp: number;
  name: string;
  context?: JsonObject;
}

/** What a job's list entry is made of. */
export class ListJob {
  readonly id: bigint;
  userid = 0;
  urgency = 16;
  priority: number | undefined;
  state: number = JobState.DEPEND;
  t_submit = 0;
  t_run: number | undefined;
  t_cleanup: number | undefined;
  t_inactive: number | undefined;
  name = '';
  ntasks = 0;
  nnodes: number | undefined;
  ranks: string | undefined;
  nodelist: string | undefined;
  expiration: number | undefined;
  waitstatus: number | undefined;
  exception: JobException | undefined;
  annotations: JsonObject | undefined;
  dependencies: string[] | undefined;
  /** Index in the eventlog of the last event seen. */
  eventlogSeq = -1;

  constructor(id: bigint) {
    this.id = id;
  }

  /** The job of a record that toRecord() made. */
  static fromRecord(id: bigint, { annotations, ...rest }: JsonObject): ListJob {
    const job = Object.assign(new ListJob(id), rest);
    if (typeof annotations === 'string') job.annotations = decodeJsonObject(annotations, { reals: true });
    return job;
  }

  /** All but the id as a JSON object of plain numbers; annotations, which are opaque, as text. */
  toRecord(): object {
    const { id: _, annotations, ...rest } = this;
    return annotations ? { ...rest, annotations: encodeJson(annotations) } : rest;
  }

  get success(): boolean {
    return this.waitstatus === 0;
  }

  get result(): number {
    if (this.success) return JobResult.COMPLETED;
    if (this.exception?.type === 'cancel') return JobResult.CANCELED;
    return this.exception?.type === 'timeout' ? JobResult.TIMEOUT : JobResult.FAILED;
  }

  /** Takes an event that needs nothing from the KVS. */
  apply({ timestamp, name, context = {} }: JobEvent): void {
    if (Object.hasOwn(handlers, name)) handlers[name]!(this, context, timestamp);
  }

  /** Takes over what the list shows of the jobspec; an unusable one leaves name and ntasks empty. */
  setJobspec(text: string): void {
    try {
      const jobspec = decodeJson(text) as JsonObject;
      const task = (jobspec['tasks'] as JsonObject[])[0]!;
      const system = ((jobspec['attributes'] as JsonObject | undefined)?.['system'] ?? {}) as JsonObject;
      this.name = nameOf(system, (task['command'] as string[])[0]!);
      this.ntasks = ntasksOf(jobspec, task);
    } catch {
      this.name = '';
      this.ntasks = 0;
    }
  }

  /** Takes over what the list shows of R. */
  setR(text: string): void {
    const { ranks, expiration } = decodeR(decodeJson(text));
    const sorted = [...ranks].sort((a, b) => a.rank - b.rank);
    this.nnodes = sorted.length;
    this.ranks = IdSet.from(sorted.map(({ rank }) => rank)).encode(IDSET_FLAG.RANGE | IDSET_FLAG.BRACKETS);
    this.nodelist = Hostlist.of(...sorted.flatMap(({ hostname }) => hostname ?? [])).encode();
    this.expiration = expiration;
  }
}

type Handler = (job: ListJob, context: JsonObject, timestamp: number) => void;

const handlers: Readonly<Record<string, Handler>> = {
  submit: (job, { userid, urgency }, timestamp) => {
    job.userid = Number(userid);
    job.urgency = Number(urgency);
    job.t_submit = timestamp;
  },
  'dependency-add': (job, { description }) => {
    job.dependencies = [...(job.dependencies ?? []), String(description)];
  },
  'dependency-remove': (job, { description }) => {
    job.dependencies = (job.dependencies ?? []).filter((d) => d !== description);
  },
  depend: (job) => {
    if (job.state === JobState.DEPEND) job.state = JobState.PRIORITY;
  },
  priority: (job, { priority }) => {
    job.priority = Number(priority);
    if (job.state === JobState.PRIORITY) job.state = JobState.SCHED;
  },
  urgency: (job, { urgency }) => {
    job.urgency = Number(urgency);
  },
  'flux-restart': (job) => {
    if (job.state === JobState.SCHED) job.state = JobState.PRIORITY;
  },
  alloc: (job, { annotations }, timestamp) => {
    if (job.state === JobState.SCHED) {
      job.state = JobState.RUN;
      job.t_run = timestamp;
    }
    if (annotations) job.annotations = annotations as JsonObject;
  },
  finish: (job, { status }, timestamp) => {
    job.waitstatus = Number(status);
    if (job.state === JobState.RUN) enterCleanup(job, timestamp);
  },
  exception: (job, { severity, type, note }, timestamp) => {
    const exception = { severity: Number(severity), type: String(type), note: typeof note === 'string' ? note : '' };
    if (!job.exception || exception.severity < job.exception.severity) job.exception = exception;
    if (exception.severity === 0 && job.state < JobState.CLEANUP) enterCleanup(job, timestamp);
  },
  clean: (job, _, timestamp) => {
    job.state = JobState.INACTIVE;
    job.t_inactive = timestamp;
  },
  annotations: (job, { annotations }) => {
    job.annotations = (annotations as JsonObject | null) ?? undefined;
  },
  memo: (job, context) => {
    job.annotations = mergeAnnotations(job.annotations, { user: context }) as JsonObject | undefined;
  },
};

function enterCleanup(job: ListJob, timestamp: number): void {
  job.state = JobState.CLEANUP;
  job.t_cleanup ??= timestamp;
}

function nameOf(system: JsonObject, program: string): string {
  const given = (system['job'] as JsonObject | undefined)?.['name'];
  if (typeof given === 'string') return given;
  return program.slice(program.lastIndexOf('/') + 1) || program;
}

/** Total count, else slots (of all nodes) where each has a task; -1 for other shapes. */
function ntasksOf(jobspec: JsonObject, task: JsonObject): number {
  const count = task['count'] as JsonObject;
  if (typeof count['total'] === 'number') return count['total'];
  const [first] = jobspec['resources'] as JsonObject[];
  if (count['per_slot'] !== 1 || !first) return -1;
  if (first['type'] === 'slot') return Number(first['count']);
  const slot = (first['with'] as JsonObject[] | undefined)?.[0];
  if (first['type'] !== 'node' || slot?.['type'] !== 'slot') return -1;
  return Number(first['count']) * Number(slot['count']);
}
