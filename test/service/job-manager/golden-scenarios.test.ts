import { encodeJobId, jobIdFromJson } from '../../../core';
import { golden } from '../../unit/formats/golden';
import { JobInstance, type SubmitOptions, shown } from './job-instance';

interface Scenario {
  note?: string;
  id: string;
  eventlog: string[];
}

const { scenarios } = golden<{ scenarios: Record<string, Scenario> }>('jobs.json');

type Play = (jobs: JobInstance) => Promise<bigint>;

const hold = (more: SubmitOptions = {}): SubmitOptions => ({ command: ['sleep', '60'], ...more });

/** Submits a job, and once `event` is posted does what follows. */
function play(options: SubmitOptions, event?: string, then?: (jobs: JobInstance, id: bigint) => Promise<unknown>): Play {
  return async (jobs) => {
    const id = await jobs.submit(options);
    if (event) await jobs.event(id, event);
    await then?.(jobs, id);
    return id;
  };
}

const raise =
  (type: string, severity = 0, note?: string) =>
  (jobs: JobInstance, id: bigint) =>
    jobs.flux.rpc('job-manager.raise', { id, type, severity, ...(note === undefined ? {} : { note }) });
const urgency = (jobs: JobInstance, id: bigint, value: number) => jobs.flux.rpc('job-manager.urgency', { id, urgency: value });
const memo = (jobs: JobInstance, id: bigint, value: object, volatile = false) =>
  jobs.flux.rpc('job-manager.memo', { id, memo: value, volatile });

/** An antecedent that waits for `release`, then a dependent on it; gives the dependent's id. */
function dependent(
  scheme: string,
  antecedent: SubmitOptions,
  release: (jobs: JobInstance, id: bigint) => Promise<unknown>,
  encoding = 'f58',
): Play {
  return async (jobs) => {
    const first = await jobs.submit({ ...antecedent, urgency: 0 });
    const value = encodeJobId(first, encoding);
    const id = await jobs.submit({ system: { dependencies: scheme.split('+').map((one) => ({ scheme: one, value })) } });
    await jobs.event(id, 'dependency-add');
    await release(jobs, first);
    return id;
  };
}
const released = (jobs: JobInstance, id: bigint) => urgency(jobs, id, 16);
const cancelled = raise('cancel');

/** What was done in each recorded scenario; those about shells are the shell's to test. */
const plays: Record<string, Play> = {
  success: play({}),
  'exit-nonzero': play({ command: ['768'] }),
  'signal-death': play({ command: ['36608'] }),
  'cancel-running': play(hold(), 'start', raise('cancel', 0, 'my reason')),
  expedited: play({ urgency: 31 }),
  'held-released': play({ urgency: 0 }, 'priority', (jobs, id) => urgency(jobs, id, 16)),
  'held-expedited': play({ urgency: 0 }, 'priority', (jobs, id) => urgency(jobs, id, 31)),
  'held-cancelled': play({ urgency: 0 }, 'priority', async (jobs, id) => {
    await urgency(jobs, id, 0);
    await raise('cancel', 0, 'held')(jobs, id);
  }),
  'exception-nonfatal': play(hold(), 'start', async (jobs, id) => {
    await raise('foo', 4, 'bar')(jobs, id);
    jobs.exec.finish(id, 0);
  }),
  'exception-fatal-twice': play(hold(), 'start', async (jobs, id) => {
    await Promise.all([raise('foo')(jobs, id), raise('foo2')(jobs, id)]);
  }),
  'dep-afterok-on-success': dependent('afterok', {}, released),
  'dep-afterok-on-failure': dependent('afterok', { command: ['false'] }, released),
  'dep-afterany-on-success': dependent('afterany', {}, released),
  'dep-afterany-on-failure': dependent('afterany', { command: ['false'] }, released),
  'dep-afternotok-on-success': dependent('afternotok', {}, released),
  'dep-afternotok-on-failure': dependent('afternotok', { command: ['false'] }, released),
  'dep-after-on-success': dependent('after', {}, released),
  'dep-after-on-failure': dependent('after', { command: ['false'] }, released),
  'dep-after-never-started': dependent('after', {}, cancelled, 'dec'),
  'dep-two-one-unsatisfiable': dependent('afterok+afterany', {}, cancelled, 'dec'),
  'dep-after-already-started': async (jobs) => {
    const first = await jobs.submit(hold());
    await jobs.event(first, 'start');
    return jobs.submit({ system: { dependencies: [{ scheme: 'after', value: `${first}` }] } });
  },
  'dep-cancelled-in-depend': async (jobs) => {
    const first = await jobs.submit({ urgency: 0 });
    const id = await jobs.submit({ system: { dependencies: [{ scheme: 'afterok', value: `${first}` }] } });
    await jobs.event(id, 'dependency-add');
    await raise('cancel')(jobs, id);
    return id;
  },
  'begin-time': (jobs) => jobs.submit({ system: { dependencies: [{ scheme: 'begin-time', value: `${Date.now() / 1000 + 0.05}` }] } }),
  'begin-time-past': (jobs) => jobs.submit({ system: { dependencies: [{ scheme: 'begin-time', value: '1000.5555' }] } }),
  'debug-flag': play({ flags: 2 }),
  'waitable-flag': play({ flags: 4 }),
  'novalidate-flag': play({ flags: 8 }),
  'debug-cancel-running': play(hold({ flags: 2 }), 'start', raise('cancel')),
  memo: play({ urgency: 0 }, 'priority', async (jobs, id) => {
    await memo(jobs, id, { a: 1, b: { c: 2 } });
    await memo(jobs, id, { a: null, b: { d: 3 } });
    await memo(jobs, id, { z: 1 }, true);
    const { jobs: list } = await jobs.flux.rpc<{ jobs: { id: unknown; annotations?: object }[] }>('job-manager.list', { max_entries: 0 });
    expect(list.find((job) => jobIdFromJson(job.id) === id)?.annotations).toEqual({ user: { b: { c: 2, d: 3 }, z: 1 } });
    await urgency(jobs, id, 16);
  }),
};

describe('recorded scenarios', () => {
  let jobs: JobInstance;
  beforeAll(async () => {
    jobs = await JobInstance.start();
  });
  afterAll(() => jobs.stop());

  test.each(Object.keys(plays))('%s', async (name) => {
    const id = await plays[name]!(jobs);
    await jobs.event(id, 'clean');
    expect(jobs.eventlog(id).map(withoutIds)).toEqual(scenarios[name]!.eventlog.map(shown).map(withoutIds));
  });
});

/** Ids of antecedents, begin times, and the cores that a scheduler chose, are not what is compared. */
function withoutIds(line: string): string {
  return line
    .replace(/(after-\w+|begin-time)=[^\s"]+/g, '$1=X')
    .replace(/core\d/, 'coreN')
    .replace('"userid":0', `"userid":${process.getuid!()}`);
}
