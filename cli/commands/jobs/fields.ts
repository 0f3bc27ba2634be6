import type { JobInfo } from '../../../core/client/job-record';
import { f58 } from '../../../core/formats/f58';
import { encodeJobId } from '../../../core/formats/fluid';
import { Real } from '../../../core/formats/json';
import { spacedJson } from '../../../core/formats/spaced-json';
import { type CommandContext, CommandError } from '../../command';
import { PyObject, type PyValue } from '../../render/pyvalue';

type Ctx = Pick<CommandContext, 'env'>;

/** A field of the output: its title, the attributes it needs, and its value. */
interface Field {
  title: string;
  attrs: readonly string[];
  value(fields: JobFields): PyValue;
}

const idEncodings = ['dec', 'hex', 'f58', 'kvs', 'words', 'dothex'] as const;
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
  { title: name.toUpperCase(), attrs: [name], value: (f) => new Real(f.job.number(name)) },
];

/** All fields but annotations, which have names of their own (docs/protocol/cli-mini-jobs.md §B2). */
const table: ReadonlyMap<string, Field> = new Map<string, Field>([
  ['id', { title: 'JOBID', attrs: [], value: (f) => new PyObject(f.encodedId('f58'), 'JobID', f.job.id) }],
  ...idEncodings.map((encoding): [string, Field] => [`id.${encoding}`, { title: 'JOBID', attrs: [], value: (f) => f.encodedId(encoding) }]),
  plain('userid', 'UID'),
  ['username', { title: 'USER', attrs: ['userid'], value: (f) => f.job.username }],
  plain('urgency', 'URG'),
  plain('priority', 'PRI'),
  ['state', { title: 'STATE', attrs: ['state'], value: (f) => f.job.state ?? '' }],
  ['state_single', { title: 'S', attrs: ['state'], value: (f) => f.job.stateLetter ?? '' }],
  ['status', { title: 'STATUS', attrs: ['state', 'result'], value: (f) => f.job.status ?? '' }],
  ['status_abbrev', { title: 'ST', attrs: ['state', 'result'], value: (f) => f.job.statusAbbreviation ?? '' }],
  ['result', { title: 'RESULT', attrs: ['result'], value: (f) => f.job.result ?? '' }],
  ['result_abbrev', { title: 'RS', attrs: ['result'], value: (f) => f.job.resultAbbreviation ?? '' }],
  plain('name'),
  plain('ntasks'),
  plain('nnodes'),
  plain('ranks'),
  plain('nodelist'),
  plain('success'),
  plain('waitstatus', 'WSTATUS'),
  ['returncode', { title: 'RC', attrs: ['waitstatus', 'result'], value: (f) => f.job.returncode ?? '' }],
  plain('exception.occurred', 'EXCEPTION-OCCURRED', 'exception_occurred'),
  plain('exception.severity', 'EXCEPTION-SEVERITY', 'exception_severity'),
  plain('exception.type', 'EXCEPTION-TYPE', 'exception_type'),
  plain('exception.note', 'EXCEPTION-NOTE', 'exception_note'),
  time('t_submit'),
  time('t_depend'),
  time('t_run'),
  time('t_cleanup'),
  time('t_inactive'),
  ['runtime', { title: 'RUNTIME', attrs: ['t_run', 't_cleanup'], value: (f) => new Real(f.job.runtime) }],
  ['expiration', { title: 'EXPIRATION', attrs: ['expiration', 'state', 'result'], value: (f) => new Real(f.job.number('expiration')) }],
  ['t_remaining', { title: 'T_REMAINING', attrs: ['expiration', 'state', 'result'], value: (f) => new Real(f.job.remaining) }],
  [
    'dependencies',
    { title: 'DEPENDENCIES', attrs: ['dependencies'], value: (f) => new PyObject(f.job.dependencies.join(','), 'InfoList') },
  ],
]);

/** The fields of one job in the list. */
export class JobFields {
  readonly job: JobInfo;
  readonly #ctx: Ctx;

  constructor(ctx: Ctx, job: JobInfo) {
    this.#ctx = ctx;
    this.job = job;
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

  encodedId(encoding: (typeof idEncodings)[number]): string {
    return encoding === 'f58' ? f58(this.job.id, this.#ctx.env, 'python') : encodeJobId(this.job.id, encoding);
  }

  /** An attribute as it is; `''` if it is absent. */
  text(attr: string): PyValue {
    const value = this.job.job[attr];
    if (value === undefined || value === null) return '';
    return value instanceof Real || typeof value !== 'object' ? value : spacedJson(value);
  }

  #annotation(field: string): PyValue {
    const value = this.job.annotation(field.replace(/^annotations\.?/, ''));
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
