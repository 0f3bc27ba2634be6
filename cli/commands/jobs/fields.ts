import { PENDING, RUNNING, resultAbbreviations, resultName, STATE, stateName } from '../../../core/client/job-states';
import { encodeJobId, jobIdFromJson } from '../../../core/formats/fluid';
import { isJsonObject, type JsonObject, type JsonValue, Real } from '../../../core/formats/json';
import { spacedJson } from '../../../core/formats/spaced-json';
import { userName } from '../../../core/sys/credentials';
import { endedBySignal, exitCode, terminatingSignal } from '../../../core/sys/waitstatus';
import { type CommandContext, CommandError } from '../../command';
import { f58 } from '../../render/jobid';
import { PyObject, type PyValue } from '../../render/pyvalue';

type Ctx = Pick<CommandContext, 'env'>;

/** A field of the output: its title, the attributes it needs, and its value. */
interface Field {
  title: string;
  attrs: readonly string[];
  value(fields: JobFields): PyValue;
}

const idEncodings = ['dec', 'hex', 'f58', 'kvs', 'words', 'dothex'] as const;
const singleLetters: Readonly<Record<string, string>> = {
  NEW: 'N',
  DEPEND: 'D',
  PRIORITY: 'P',
  SCHED: 'S',
  RUN: 'R',
  CLEANUP: 'C',
  INACTIVE: 'I',
};
const annotationTitles: Readonly<Record<string, string>> = {
  t_estimate: 'T_ESTIMATE',
  reason_pending: 'REASON',
  resource_summary: 'RESOURCES',
};

const plain = (name: string, title = name.toUpperCase(), attr = name): [string, Field] => [
  name,
  { title, attrs: [attr], value: (f) => f.text(attr) },
];
const time = (name: string): [string, Field] => [
  name,
  { title: name.toUpperCase(), attrs: [name], value: (f) => new Real(f.number(name)) },
];

/** All fields but annotations, which have names of their own (contract/cli-mini-jobs.md, B2). */
const table: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['id', { title: 'JOBID', attrs: [], value: (f) => new PyObject(f.encodedId('f58'), 'JobID', f.id) }],
  ...idEncodings.map((encoding): [string, Field] => [`id.${encoding}`, { title: 'JOBID', attrs: [], value: (f) => f.encodedId(encoding) }]),
  plain('userid', 'UID'),
  ['username', { title: 'USER', attrs: ['userid'], value: (f) => f.username }],
  plain('urgency', 'URG'),
  plain('priority', 'PRI'),
  ['state', { title: 'STATE', attrs: ['state'], value: (f) => f.state }],
  ['state_single', { title: 'S', attrs: ['state'], value: (f) => singleLetters[f.state] ?? '' }],
  ['status', { title: 'STATUS', attrs: ['state', 'result'], value: (f) => f.status }],
  ['status_abbrev', { title: 'ST', attrs: ['state', 'result'], value: (f) => f.statusAbbreviation }],
  ['result', { title: 'RESULT', attrs: ['result'], value: (f) => f.result }],
  [
    'result_abbrev',
    { title: 'RS', attrs: ['result'], value: (f) => resultAbbreviations[f.result as keyof typeof resultAbbreviations] ?? '' },
  ],
  plain('name'),
  plain('ntasks'),
  plain('nnodes'),
  plain('ranks'),
  plain('nodelist'),
  plain('success'),
  plain('waitstatus', 'WSTATUS'),
  ['returncode', { title: 'RC', attrs: ['waitstatus', 'result'], value: (f) => f.returncode }],
  plain('exception.occurred', 'EXCEPTION-OCCURRED', 'exception_occurred'),
  plain('exception.severity', 'EXCEPTION-SEVERITY', 'exception_severity'),
  plain('exception.type', 'EXCEPTION-TYPE', 'exception_type'),
  plain('exception.note', 'EXCEPTION-NOTE', 'exception_note'),
  time('t_submit'),
  time('t_depend'),
  time('t_run'),
  time('t_cleanup'),
  time('t_inactive'),
  ['runtime', { title: 'RUNTIME', attrs: ['t_run', 't_cleanup'], value: (f) => new Real(f.runtime) }],
  ['expiration', { title: 'EXPIRATION', attrs: ['expiration', 'state', 'result'], value: (f) => new Real(f.number('expiration')) }],
  ['t_remaining', { title: 'T_REMAINING', attrs: ['expiration', 'state', 'result'], value: (f) => new Real(f.remaining) }],
  ['dependencies', { title: 'DEPENDENCIES', attrs: ['dependencies'], value: (f) => f.dependencies }],
]);

/** The fields of one job in the list. */
export class JobFields {
  readonly ctx: Ctx;
  readonly #job: JsonObject;
  readonly #now: number;

  constructor(ctx: Ctx, job: JsonObject, now: number) {
    this.ctx = ctx;
    this.#job = job;
    this.#now = now;
  }

  /** Throws CommandError for a field that does not exist. */
  static check(field: string): void {
    if (!table.has(field) && !isAnnotation(field)) throw new CommandError(`Unknown format field: ${field}`);
  }

  static attributesOf(field: string): readonly string[] {
    return table.get(field)?.attrs ?? ['annotations'];
  }

  static titleOf(field: string): string {
    return table.get(field)?.title ?? annotationTitle(field);
  }

  value(field: string): PyValue {
    return table.get(field)?.value(this) ?? this.#annotation(field);
  }

  get id(): bigint {
    return jobIdFromJson(this.#job['id']);
  }

  encodedId(encoding: (typeof idEncodings)[number]): string {
    return encoding === 'f58' ? f58(this.ctx, this.id, 'python') : encodeJobId(this.id, encoding);
  }

  /** An attribute as it is; `''` if it is absent. */
  text(attr: string): PyValue {
    const value = this.#job[attr];
    if (value === undefined || value === null) return '';
    return value instanceof Real || typeof value !== 'object' ? value : spacedJson(value);
  }

  number(attr: string): number {
    const value = this.#job[attr];
    return value === undefined || value === null ? 0 : Number(value);
  }

  get username(): string {
    const userid = this.number('userid');
    return userName(userid);
  }

  get state(): string {
    return stateName(this.number('state')) ?? '';
  }

  get result(): string {
    return this.#job['result'] === undefined ? '' : (resultName(this.number('result')) ?? '');
  }

  get status(): string {
    const bit = this.number('state');
    if (bit & PENDING) return 'PENDING';
    if (bit & RUNNING) return 'RUNNING';
    return bit === STATE.INACTIVE ? this.result : '';
  }

  get statusAbbreviation(): string {
    const { status } = this;
    if (status === 'PENDING') return 'PD';
    if (status === 'RUNNING') return 'R';
    return resultAbbreviations[status as keyof typeof resultAbbreviations] ?? '';
  }

  get returncode(): PyValue {
    const status = this.#job['waitstatus'];
    if (typeof status === 'number') return endedBySignal(status) ? -terminatingSignal(status) : exitCode(status);
    return this.result === 'CANCELED' ? -128 : '';
  }

  get runtime(): number {
    const from = this.number('t_run');
    const to = this.number('t_cleanup');
    if (from > 0 && to > 0) return to - from;
    return from > 0 ? this.#now - from : 0;
  }

  get remaining(): number {
    const left = this.number('expiration') - this.#now;
    return this.status === 'RUNNING' && left > 0 ? left : 0;
  }

  get dependencies(): PyValue {
    const list = this.#job['dependencies'];
    return new PyObject(Array.isArray(list) ? list.join(',') : '', 'InfoList');
  }

  #annotation(field: string): PyValue {
    const path = field.split('.');
    let value: JsonValue | undefined = this.#job['annotations'];
    for (const key of path[0] === 'annotations' ? path.slice(1) : path)
      value = isJsonObject(value) && !(value instanceof Real) ? value[key] : undefined;
    if (value === undefined || value === null) return new PyObject('', 'AnnotationsInfo');
    if (value instanceof Real || typeof value !== 'object') return value;
    return new PyObject(Object.keys(value).length > 0 ? spacedJson(value) : '', 'AnnotationsInfo');
  }
}

const isAnnotation = (field: string) => /^(annotations|sched|user)(\.[^.]+)*$/.test(field);

function annotationTitle(field: string): string {
  const path = field.split('.');
  const sched = path[0] === 'annotations' ? path.slice(1) : path;
  if (sched[0] === 'sched' && sched.length === 2 && annotationTitles[sched[1]!]) return annotationTitles[sched[1]!]!;
  return (path[0] === 'annotations' && path.length > 1 ? path.slice(1) : path).join('.').toUpperCase();
}
