import {
  decodeJson,
  decodeR,
  encodeJson,
  FluxError,
  getAttribute,
  Hostlist,
  IDSET_FLAG,
  IdSet,
  isJsonObject,
  JobResult,
  JobState,
  type JsonObject,
} from 'flux';
import { decodeJsonObject } from 'flux/internal';

const UNKNOWN = -1;
const TIMES = ['t_submit', 't_run', 't_cleanup', 't_inactive', 'expiration'] as const;

export interface ExceptionRecord {
  severity: number;
  type: string;
  note: string;
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
  exception: ExceptionRecord | undefined;
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
    // times have no fraction in a record: large ones come back as integers
    for (const time of TIMES) if (typeof job[time] === 'bigint') job[time] = Number(job[time]);
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

  /** Takes over what the list shows of the jobspec. @throws FluxError EPROTO, EINVAL for one that can't be read: name and ntasks stay empty */
  setJobspec(text: string): void {
    const jobspec = decodeJsonObject(text);
    const task = firstOf(jobspec['tasks']);
    const program = Array.isArray(task['command']) ? task['command'][0] : undefined;
    if (typeof program !== 'string') throw new FluxError('EINVAL', 'jobspec has no command');
    this.name = nameOf(jobspec, program);
    this.ntasks = ntasksOf(jobspec, task);
  }

  /** Takes over what the list shows of R. @throws FluxError EPROTO, EINVAL for one that can't be read: none of it is shown */
  setR(text: string): void {
    const { ranks, expiration } = decodeR(decodeJson(text));
    const sorted = [...ranks].sort((a, b) => a.rank - b.rank);
    this.nnodes = sorted.length;
    this.ranks = IdSet.from(sorted.map(({ rank }) => rank)).encode(IDSET_FLAG.RANGE | IDSET_FLAG.BRACKETS);
    this.nodelist = Hostlist.of(...sorted.flatMap(({ hostname }) => hostname ?? [])).encode();
    this.expiration = expiration;
  }
}

function nameOf(jobspec: JsonObject, program: string): string {
  const given = getAttribute(jobspec, 'system.job.name');
  if (typeof given === 'string') return given;
  return program.slice(program.lastIndexOf('/') + 1) || program;
}

/** Total count, else slots (of all nodes) where each has a task; -1 for other shapes. */
function ntasksOf(jobspec: JsonObject, task: JsonObject): number {
  const count = isJsonObject(task['count']) ? task['count'] : {};
  if (count['total'] !== undefined) return countOf(count['total']);
  const resource = firstOf(jobspec['resources']);
  if (count['per_slot'] !== 1) return UNKNOWN;
  if (resource['type'] === 'slot') return countOf(resource['count']);
  const slot = firstOf(resource['with']);
  if (resource['type'] !== 'node' || slot['type'] !== 'slot') return UNKNOWN;
  const [nodes, slots] = [countOf(resource['count']), countOf(slot['count'])];
  return nodes === UNKNOWN || slots === UNKNOWN ? UNKNOWN : countOf(nodes * slots);
}

/** A count that is a plain number above 0, exact; UNKNOWN for all else (ranges of other versions, what nobody has validated). */
const countOf = (value: unknown): number => (Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : UNKNOWN);

/** The first object of a list; an empty one if there is none. */
function firstOf(list: unknown): JsonObject {
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return isJsonObject(first) ? first : {};
}
