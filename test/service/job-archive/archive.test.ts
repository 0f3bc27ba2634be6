import path from 'node:path';
import Database from 'better-sqlite3';
import { defineModule, real } from '../../../core';
import { jobResult } from '../../../core/client/job-result';
import { type TestInstance, testInstance } from '../../../core/testing';
import { logLine } from '../../support/log-lines';

let t: TestInstance;
let file: string;
beforeAll(async () => {
  t = await testInstance({ rc1: true });
  file = path.join(t.rundir, 'archive.sqlite');
});
afterAll(() => t.stop());

interface Row {
  id: string;
  userid: number;
  ranks: string;
  t_run: number;
  t_inactive: number;
  eventlog: string;
  jobspec: string;
  R: string;
}

const modules = () => t.brokers[0]!.modules;
const reload = async (...args: string[]) => {
  if (modules().has('job-archive')) await modules().remove('job-archive');
  await modules().load('job-archive', args);
};

function rows(from = file): Row[] {
  const db = new Database(from, { readonly: true });
  try {
    return db.prepare<[], Row>('SELECT * FROM jobs ORDER BY t_inactive').all();
  } finally {
    db.close();
  }
}

/** Asks the file, which tells nobody when it changes, until it has so many rows. */
async function untilRows(count: number, from = file): Promise<Row[]> {
  for (let asked = 0; asked < 5000; asked++) {
    const found = rows(from);
    if (found.length >= count) return found;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`there are ${rows(from).length} rows`);
}

test('without a path it does nothing', () => expect(modules().has('job-archive')).toBe(true));

test('finished jobs are copied, those that ran and those that did not, once', async () => {
  const ran = await t.submit(['true']);
  const never = await t.submit(['true'], { ntasks: 100_000 });
  await Promise.all([ran, never].map((id) => jobResult(t.flux, id)));
  await reload(`dbpath=${file}`, 'period=0.01s');
  const found = await untilRows(2);
  const byId = new Map(found.map((row) => [row.id, row]));
  expect(byId.get(String(ran))).toMatchObject({ userid: process.getuid!(), ranks: '0' });
  expect(JSON.parse(byId.get(String(ran))!.R)).toMatchObject({ version: 1 });
  expect(byId.get(String(ran))!.t_run).toBeGreaterThan(0);
  expect(byId.get(String(never))).toMatchObject({ t_run: 0, ranks: '', R: '' });
  expect(JSON.parse(byId.get(String(never))!.jobspec)).toMatchObject({ version: 1 });
  expect(byId.get(String(ran))!.eventlog).toContain('"name":"clean"');
});

test('a file that is there is gone on with', async () => {
  await reload(`dbpath=${file}`, 'period=0.01s');
  const id = await t.submit(['true']);
  await jobResult(t.flux, id);
  expect((await untilRows(3)).map((row) => row.id)).toContain(String(id));
});

test('an unknown option is logged, a bad duration refused, and a file that can’t be opened too', async () => {
  await reload('frob=1');
  expect(await logLine(t.flux, 'Unknown option')).toBe("Unknown option `frob=1'");
  await expect(reload('period=x')).rejects.toMatchObject({ code: 'EINVAL' });
  await expect(reload('dbpath=/nonexistent/a.sqlite')).rejects.toThrow(/\/nonexistent\/a\.sqlite/);
});

test('a job that comes into the list after others that ended later is archived too, each once', async () => {
  const jobs = [{ id: 1, t_inactive: real(100.5) }];
  let lookups = 0;
  const everyone = { roles: ['any'] } as const;
  const jobList = defineModule({
    name: 'job-list',
    api: 1,
    main: (m) =>
      void m.serve('list-inactive', everyone, (_, request) => {
        const { since } = request.json<{ since: number }>();
        return {
          jobs: jobs.filter(({ t_inactive }) => Number(t_inactive) > since).sort((a, b) => Number(b.t_inactive) - Number(a.t_inactive)),
        };
      }),
  });
  const jobInfo = defineModule({
    name: 'job-info',
    api: 1,
    main: (m) =>
      void m.serve('lookup', everyone, () => {
        lookups++;
        return { eventlog: 'e', jobspec: '{}' };
      }),
  });
  const alone = await testInstance();
  try {
    const archive = path.join(t.rundir, 'late.sqlite');
    await alone.load(0, jobList as never);
    await alone.load(0, jobInfo as never);
    await alone.load(0, 'job-archive', [`dbpath=${archive}`, 'period=0.01s']);
    await untilRows(1, archive);
    jobs.push({ id: 2, t_inactive: real(100.5) }, { id: 3, t_inactive: real(99.75) });
    expect((await untilRows(3, archive)).map(({ id }) => id)).toEqual(['3', '1', '2']);
    expect(lookups).toBe(3);
  } finally {
    await alone.stop();
  }
});
