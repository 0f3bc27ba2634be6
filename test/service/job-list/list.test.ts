import { type FluxError, jobIdFromJson, jobKvsKey } from '../../../core';
import { JobInstance } from '../job-manager/job-instance';

const ALL = { max_entries: 0, attrs: [], userid: -1, states: 0, results: 0 };
const R = '{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"0"}}],"starttime":0.0,"expiration":0.0,"nodelist":["vm"]}}';
const text = (e: FluxError) => [e.code, e.text];

describe('the list of jobs', () => {
  let jobs: JobInstance;
  beforeEach(async () => {
    jobs = await JobInstance.start();
    await jobs.instance.load(0, 'job-list');
  });
  afterEach(() => jobs.stop());

  type Entry = Record<string, unknown> & { id: unknown };
  const list = async (wanted: object = {}): Promise<Entry[]> =>
    (await jobs.flux.rpc<{ jobs: Entry[] }>('job-list.list', { ...ALL, ...wanted })).jobs;
  const listInactive = async (wanted: object = {}): Promise<Entry[]> =>
    (await jobs.flux.rpc<{ jobs: Entry[] }>('job-list.list-inactive', { max_entries: 0, since: 0, attrs: [], ...wanted })).jobs;
  const ids = (entries: Entry[]) => entries.map(({ id }) => jobIdFromJson(id));
  const refused = (method: string, payload?: object) => jobs.flux.rpc(`job-list.${method}`, payload).then(() => 'accepted', text);

  /** A job that has ended. */
  async function ended(options: Parameters<JobInstance['submit']>[0] = {}): Promise<bigint> {
    const id = await jobs.submit(options);
    await listed(id, 64);
    return id;
  }

  /** Resolves when the job stands in the list with this state. */
  async function listed(id: bigint, state: number): Promise<Entry> {
    for (;;) {
      const job = (await list({ attrs: ['state'] })).find((entry) => jobIdFromJson(entry.id) === id && entry['state'] === state);
      if (job) return job;
    }
  }

  test('has pending jobs by priority, then running, then inactive ones, the latest first', async () => {
    const done = [await ended(), await ended({ command: ['256'] })];
    const running = [await jobs.submit({ command: ['sleep', '60'] }), await jobs.submit({ command: ['sleep', '60'] })];
    for (const id of running) await listed(id, 16);
    await jobs.flux.rpc('job-manager.alloc-admin', { query_only: false, enable: false });
    const low = await jobs.submit({ urgency: 3 });
    const high = await jobs.submit({ urgency: 20 });
    const depends = await jobs.submit({ system: { dependencies: [{ scheme: 'afterok', value: String(low) }] } });
    for (const id of [low, high]) await listed(id, 8);
    await listed(depends, 2);
    expect(ids(await list())).toEqual([high, low, depends, running[1], running[0], done[1], done[0]]);
    expect(ids(await list({ states: 14 }))).toEqual([high, low, depends]);
    expect(ids(await list({ states: 64, results: 2 }))).toEqual([done[1]]);
    expect(ids(await list({ results: 1 }))).toEqual([high, low, depends, running[1], running[0], done[0]]);
    expect(ids(await list({ max_entries: 2 }))).toEqual([high, low]);
    expect(ids(await list({ states: 1 }))).toEqual([]);
    expect(ids(await list({ userid: process.getuid!() + 1 }))).toEqual([]);
    expect(ids(await list({ userid: 4294967295, states: 48 }))).toEqual([running[1], running[0]]);
    expect(await jobs.flux.rpc('job-list.job-stats')).toEqual({
      job_states: { depend: 1, priority: 0, sched: 2, run: 2, cleanup: 0, inactive: 2, total: 7 },
      failed: 1,
      canceled: 0,
      timeout: 0,
    });
    expect(await jobs.flux.rpc('job-list.stats.get')).toEqual({
      jobs: { pending: 3, running: 2, inactive: 2 },
      idsync: { lookups: 0, waits: 0 },
    });
  });

  test('has inactive jobs since a time, and by name', async () => {
    const first = await ended({ system: { job: { name: 'a' } } });
    const second = await ended({ system: { job: { name: 'b' } } });
    expect(ids(await listInactive())).toEqual([second, first]);
    expect(ids(await listInactive({ max_entries: 1 }))).toEqual([second]);
    expect(ids(await listInactive({ name: 'a' }))).toEqual([first]);
    expect(ids(await listInactive({ name: 'c' }))).toEqual([]);
    const [latest] = await listInactive({ attrs: ['t_inactive'] });
    expect(await listInactive({ since: latest!['t_inactive'] })).toEqual([]);
  });

  test('knows what applies to a job by its state', async () => {
    const { attrs } = await jobs.flux.rpc<{ attrs: string[] }>('job-list.list-attrs');
    const held = await jobs.submit({ urgency: 0, user: { a: 1 } });
    await listed(held, 8);
    const keys = async (id: bigint) => Object.keys((await jobs.flux.rpc<{ job: object }>('job-list.list-id', { id, attrs })).job).join(' ');
    expect(await keys(held)).toBe('id userid urgency priority t_submit t_depend state name ntasks');
    const failed = await ended({ command: ['256'] });
    expect(await keys(failed)).toBe(
      'id userid urgency priority t_submit t_depend t_run t_cleanup t_inactive state name ntasks success exception_occurred result annotations waitstatus',
    );
  });

  test.each([
    ['list', undefined, 'Expected object, got null'],
    ['list', {}, 'Object item not found: max_entries'],
    ['list', { max_entries: -1 }, 'Object item not found: attrs'],
    ['list', { max_entries: 0, attrs: 5 }, 'Object item not found: userid'],
    ['list', { ...ALL, userid: 'x' }, 'Expected integer, got string'],
    ['list', { ...ALL, states: 1.5 }, 'Expected integer, got real'],
    ['list', { ...ALL, results: null }, 'Expected integer, got null'],
    ['list', { ...ALL, attrs: {}, max_entries: -1 }, 'max_entries < 0 not allowed'],
    ['list', { ...ALL, attrs: {} }, 'attrs must be an array'],
    ['list-inactive', { max_entries: -1 }, 'Object item not found: since'],
    ['list-inactive', { max_entries: -1, since: 'x' }, 'Expected real or integer, got string'],
    ['list-inactive', { max_entries: -1, since: 0, attrs: [], name: 5 }, 'Expected string, got integer'],
    ['list-inactive', { max_entries: -1, since: 0, attrs: [], name: 'x' }, 'max_entries < 0 not allowed'],
    ['list-inactive', { max_entries: 0, since: 0, attrs: 'x' }, 'attrs must be an array'],
    ['list-id', {}, 'Object item not found: id'],
    ['list-id', { id: 1 }, 'Object item not found: attrs'],
    ['list-id', { id: true, attrs: [] }, 'Expected integer, got true'],
    ['list-id', { id: 1, attrs: 7 }, 'attrs must be an array'],
  ])('%s refuses %j', async (method, payload, reason) => {
    expect(await refused(method, payload)).toEqual(['EPROTO', `invalid payload: ${reason}`]);
  });

  test('refuses unknown attributes where there is a job that would have them', async () => {
    expect(await list({ attrs: ['id'] })).toEqual([]);
    const id = await ended();
    expect(await refused('list', { ...ALL, attrs: ['state', 'all'] })).toEqual(['EINVAL', 'all is not a valid attribute']);
    expect(await refused('list-inactive', { max_entries: 0, since: 0, attrs: [5] })).toEqual(['EINVAL', 'attr has no string value']);
    expect(await refused('list-id', { id, attrs: ['id'] })).toEqual(['EINVAL', 'id is not a valid attribute']);
    expect(await refused('list-id', { id: 1, attrs: ['id'] })).toEqual(['ENOENT', undefined]);
  });

  test('answers for a job that is not known yet when it is', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    jobs.kvs.lookupGate = (key) => (key.endsWith('.jobspec') ? held : undefined);
    const id = await jobs.submit({ urgency: 0 });
    const asked = jobs.flux.rpc<{ job: Entry }>('job-list.list-id', { id, attrs: ['name'] });
    while ((await jobs.flux.rpc<{ idsync: { waits: number } }>('job-list.stats.get')).idsync.waits === 0);
    expect(await list()).toEqual([]);
    release();
    expect((await asked).job['name']).toBe('true');
  });

  test('misses nothing of what happens while it is loaded, however much it is', async () => {
    await jobs.stop();
    jobs = await JobInstance.start({ config: { 'job-manager': { events_maxlen: 1 } } });
    const id = await jobs.submit({ command: ['sleep', '60'] });
    await jobs.event(id, 'start');
    jobs.kvs.values.set(jobKvsKey(id, 'R'), Buffer.from(R));
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const reading = new Promise<void>((resolve) => {
      jobs.kvs.lookupGate = (key) => {
        if (!key.endsWith('.jobspec')) return undefined;
        resolve();
        return held;
      };
    });
    const loading = jobs.instance.load(0, 'job-list');
    await reading;
    jobs.exec.finish(id, 0);
    await jobs.event(id, 'clean');
    const later = await jobs.submit({ urgency: 0 });
    release();
    await loading;
    await listed(id, 64);
    await listed(later, 8);
  });
});
