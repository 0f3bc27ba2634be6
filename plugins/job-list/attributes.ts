import { FluxError, JobState, real } from 'flux';
import type { ListJob } from './job';

type Read = (job: ListJob) => unknown;

const time = (value: number | undefined) => (value === undefined ? undefined : real(value));
const ran = (job: ListJob, value: unknown) => (job.t_run === undefined ? undefined : value);
const ended = (job: ListJob, value: unknown) => (job.state === JobState.INACTIVE ? value : undefined);

/** The attributes of a list entry, in the order of job-list.list-attrs; an undefined one does not apply to the job. */
const attributes: Readonly<Record<string, Read>> = {
  userid: (job) => job.userid,
  urgency: (job) => job.urgency,
  priority: (job) => job.priority,
  t_submit: (job) => real(job.t_submit),
  t_depend: (job) => real(job.t_submit),
  t_run: (job) => time(job.t_run),
  t_cleanup: (job) => time(job.t_cleanup),
  t_inactive: (job) => time(job.t_inactive),
  state: (job) => job.state,
  name: (job) => job.name,
  ntasks: (job) => job.ntasks,
  nnodes: (job) => ran(job, job.nnodes),
  ranks: (job) => ran(job, job.ranks),
  nodelist: (job) => ran(job, job.nodelist),
  success: (job) => ended(job, job.success),
  exception_occurred: (job) => ended(job, job.exception !== undefined),
  exception_type: (job) => ended(job, job.exception?.type),
  exception_severity: (job) => ended(job, job.exception?.severity),
  exception_note: (job) => ended(job, job.exception?.note),
  result: (job) => ended(job, job.result),
  expiration: (job) => ran(job, time(job.expiration)),
  annotations: (job) => job.annotations,
  waitstatus: (job) => job.waitstatus,
  dependencies: (job) => job.dependencies,
};

export const attributeNames: readonly string[] = Object.keys(attributes);

/** Readers of the attributes asked for. EINVAL: no attribute of that name. */
export function readers(names: readonly unknown[]): [string, Read][] {
  return names.map((name) => {
    if (typeof name !== 'string') throw new FluxError('EINVAL', 'attr has no string value');
    const read = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (!read) throw new FluxError('EINVAL', `${name} is not a valid attribute`);
    return [name, read];
  });
}

/** A job's list entry: its id, and those of the attributes that apply, in order. */
export function describe(job: ListJob, wanted: readonly [string, Read][]): object {
  return { id: job.id, ...Object.fromEntries(wanted.map(([name, read]) => [name, read(job)]).filter(([, value]) => value !== undefined)) };
}
