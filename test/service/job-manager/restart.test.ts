import { encodeJson, jobIdFromJson, jobKvsKey } from '../../../core';
import { golden } from '../../unit/formats/golden';
import { FakeKvs } from './fake-kvs';
import { JobInstance, shown } from './job-instance';

interface Restart {
  list: Record<string, object>;
  'wait on inactive waitable': object;
}

const { restart: recorded, scenarios } = golden<{ restart: Restart; scenarios: Record<string, { eventlog: string[] }> }>('jobs.json');

const raise = (jobs: JobInstance, id: bigint, type: string, severity: number) => jobs.flux.rpc('job-manager.raise', { id, type, severity });
const urgency = (jobs: JobInstance, id: bigint, value: number) => jobs.flux.rpc('job-manager.urgency', { id, urgency: value });

describe('a job manager that starts where another has stopped', () => {
  let jobs: JobInstance;
  beforeEach(async () => {
    jobs = await JobInstance.start();
  });
  afterEach(() => jobs.stop());

  /** The instance ends, and another one starts on the same KVS. */
  async function restart(options: Parameters<typeof JobInstance.start>[0] = {}): Promise<void> {
    const { kvs } = jobs;
    await jobs.stop();
    jobs = await JobInstance.start({ kvs, ...options });
  }

  const recordedLog = (name: string) => scenarios[name]!.eventlog.map(shown);

  test('has held jobs in the queue, inactive waitable ones to wait for, and ids that go on', async () => {
    const waited = await jobs.submit({ flags: 4 });
    await jobs.event(waited, 'clean');
    const held = await jobs.submit({ urgency: 0 });
    const memoed = await jobs.submit({ urgency: 0, flags: 2 });
    await jobs.flux.rpc('job-manager.memo', { id: memoed, memo: { a: 1 } });
    await raise(jobs, memoed, 'foo', 3);
    await urgency(jobs, memoed, 0);
    await restart();

    const { jobs: list } = await jobs.flux.rpc<{ jobs: { id: unknown }[] }>('job-manager.list', { max_entries: 0 });
    const [wantMemoed, wantHeld, wantWaited] = Object.values(recorded.list);
    const entry = (id: bigint) => ({
      ...(JSON.parse(encodeJson(list.find((job) => jobIdFromJson(job.id) === id))) as object),
      t_submit: 0,
    });
    expect(entry(memoed)).toEqual({ ...wantMemoed, id: Number(memoed) });
    expect(entry(held)).toEqual({ ...wantHeld, id: Number(held) });
    expect(entry(waited)).toEqual({ ...wantWaited, id: Number(waited) });
    expect(JSON.parse(jobs.kvs.text('checkpoint.job-manager')!)).toEqual({ max_jobid: Number(memoed) });
    expect(await jobs.flux.rpc('job-manager.wait', { id: waited })).toEqual({
      ...recorded['wait on inactive waitable'],
      id: expect.anything(),
    });

    for (const id of [held, memoed]) {
      await urgency(jobs, id, 16);
      await jobs.event(id, 'clean');
    }
    expect(jobs.eventlog(held)).toEqual(recordedLog('restart-held'));
    expect(jobs.eventlog(memoed)).toEqual(recordedLog('restart-held-debug-memo'));
    expect(await jobs.submit()).toBeGreaterThan(memoed);
  });

  test('takes dependencies up again', async () => {
    const first = await jobs.submit({ urgency: 0 });
    const second = await jobs.submit({ system: { dependencies: [{ scheme: 'afterok', value: String(first) }] } });
    await jobs.event(second, 'dependency-add');
    await restart();
    await urgency(jobs, first, 16);
    await jobs.event(second, 'clean');
    expect(jobs.eventlog(second).map((line) => line.replace(String(first), '23202889728'))).toEqual(recordedLog('restart-dependency'));
  });

  test('asks plugins for the priority that a job still waits for', async () => {
    await jobs.flux.rpc('job-manager.jobtap', { remove: '.priority-default' });
    const id = await jobs.submit();
    await jobs.event(id, 'depend');
    await restart();
    await jobs.event(id, 'clean');
    expect(jobs.eventlog(id).slice(1, 3)).toEqual(['depend', 'priority {"priority":16}']);
  });

  test('leaves dependencies alone that a job is rid of already', async () => {
    const [held, running] = [await jobs.submit({ urgency: 0 }), await jobs.submit({ command: ['sleep', '60'] })];
    await jobs.event(running, 'start');
    const dependencies = [
      { scheme: 'after', value: String(running) },
      { scheme: 'begin-time', value: '1' },
      { scheme: 'afterok', value: String(held) },
    ];
    const id = await jobs.submit({ system: { dependencies } });
    while (jobs.eventlog(id).filter((line) => line.startsWith('dependency-remove')).length < 2) await jobs.settled();
    await restart();
    while (!jobs.exec.starts.has(running)) await jobs.settled();
    jobs.exec.finish(running, 0);
    await jobs.event(running, 'clean');
    await urgency(jobs, held, 16);
    await jobs.event(id, 'clean');
    const names = jobs.eventlog(id).map((line) => line.split(' ')[0]);
    expect(names.slice(0, 7)).toEqual(['submit', ...Array(3).fill('dependency-add'), ...Array(3).fill('dependency-remove')]);
    expect(names[7]).toBe('depend');
  });

  test('knows that a job has started for those that come after it', async () => {
    const running = await jobs.submit({ command: ['sleep', '60'] });
    await jobs.event(running, 'start');
    await restart();
    const id = await jobs.submit({ system: { dependencies: [{ scheme: 'after', value: String(running) }] } });
    await jobs.event(id, 'clean');
    expect(jobs.eventlog(id)).not.toContainEqual(expect.stringMatching(/^exception/));
  });

  test('takes up each dependency of a job, whatever is wrong with another', async () => {
    const held = await jobs.submit({ urgency: 0 });
    const dependencies = [
      { scheme: 'begin-time', value: '9999999999' },
      { scheme: 'afterok', value: String(held) },
    ];
    const id = await jobs.submit({ system: { dependencies } });
    await jobs.event(id, 'dependency-add');
    await restart({ config: { 'job-manager': { plugins: [{ remove: '.begin-time' }] } } });
    await urgency(jobs, held, 16);
    await jobs.event(id, 'dependency-remove');
    expect(jobs.eventlog(id).slice(-2)).toEqual([
      'exception {"type":"dependency","severity":4,"userid":-1,"note":"dependency scheme \\"begin-time\\" not supported (job may be stuck in DEPEND state)"}',
      `dependency-remove {"description":"after-success=${held}"}`,
    ]);
  });

  test('tells a scheduler of the resources that jobs hold, and an exec service to take running jobs up again', async () => {
    const id = await jobs.submit({ command: ['sleep', '60'], flags: 2 });
    await jobs.event(id, 'start');
    await jobs.reloadManager();
    expect(await jobs.sched.hello()).toMatchObject([{ priority: 16 }]);
    await jobs.sched.ready();
    await jobs.exec.hello();
    await jobs.event(id, 'debug.exec-reattach-finish');
    expect(jobs.exec.log.at(-1)).toBe(`start ${id} reattach=true`);
    jobs.exec.finish(id, 0);
    await jobs.event(id, 'clean');
    expect(jobs.eventlog(id).slice(-9)).toEqual([
      'start',
      `debug.exec-reattach-start {"id":${id}}`,
      'debug.start-request',
      'debug.exec-reattach-finish',
      'finish {"status":0}',
      'release {"ranks":"all","final":true}',
      'debug.free-request',
      'free',
      'clean',
    ]);
  });

  test('cleans up a job that was on its way out', async () => {
    await jobs.stop();
    const kvs = new FakeKvs();
    const key = jobKvsKey(77n);
    const log = recordedLogLines(['submit', 'depend', 'priority', 'exception'], 'held-cancelled');
    kvs.values.set(`${key}.jobspec`, Buffer.from('{}'));
    kvs.values.set(`${key}.eventlog`, Buffer.from(log));
    jobs = await JobInstance.start({ kvs });
    await jobs.settled();
    expect(jobs.eventlog(77n).at(-1)).toBe('clean');
    expect((await jobs.flux.rpc('job-manager.getinfo'))['max_jobid']).toEqual(expect.anything());
    expect(await jobs.submit()).toBeGreaterThan(77n);
  });

  test('raises an exception where a dependency is not supported any more', async () => {
    const id = await jobs.submit({ system: { dependencies: [{ scheme: 'begin-time', value: '9999999999' }] } });
    await jobs.event(id, 'dependency-add');
    await restart({ config: { 'job-manager': { plugins: [{ remove: '.begin-time' }] } } });
    await jobs.settled();
    expect(jobs.eventlog(id).at(-1)).toBe(
      'exception {"type":"dependency","severity":4,"userid":-1,"note":"dependency scheme \\"begin-time\\" not supported (job may be stuck in DEPEND state)"}',
    );
  });

  const logged = () =>
    jobs.instance.brokers[0]!.log.entries.filter((line) => line.includes('restart: job')).map((line) => /restart: .*$/.exec(line)![0]);
  const submitted = '{"timestamp":1.0,"name":"submit","context":{"userid":0,"urgency":0,"flags":0}}\n';

  test('passes over an eventlog that can not be, and gives no later job its id', async () => {
    await jobs.stop();
    const kvs = new FakeKvs();
    kvs.values.set(`${jobKvsKey(1n << 40n)}.jobspec`, Buffer.from('{}'));
    kvs.values.set(`${jobKvsKey(1n << 40n)}.eventlog`, Buffer.from('{"timestamp":1.0,"name":"clean"}\n'));
    jobs = await JobInstance.start({ kvs });
    expect(logged()[0]).toBe(`restart: job ${1n << 40n}: eventlog can't be read: Invalid argument`);
    const id = await jobs.submit();
    expect(id).toBeGreaterThan(1n << 40n);
    await jobs.event(id, 'clean');
  });

  test('ends a job that has lost its jobspec with an exception', async () => {
    await jobs.stop();
    const kvs = new FakeKvs();
    kvs.values.set(`${jobKvsKey(5n)}.jobspec`, Buffer.from('{"version":1,'));
    kvs.values.set(`${jobKvsKey(5n)}.eventlog`, Buffer.from(submitted));
    jobs = await JobInstance.start({ kvs });
    expect(logged()[0]).toContain("restart: job 5: jobspec can't be read: JSON: ");
    await jobs.settled();
    expect(jobs.eventlog(5n).slice(1)).toEqual([
      expect.stringMatching(/^exception {"type":"restart","severity":0,.*jobspec can't be read/),
      'clean',
    ]);
  });

  test('goes on without a checkpoint that can not be read', async () => {
    await jobs.stop();
    const kvs = new FakeKvs();
    kvs.values.set('checkpoint.job-manager', Buffer.from('{"max_jobid":"x"}'));
    jobs = await JobInstance.start({ kvs });
    await jobs.event(await jobs.submit(), 'clean');
  });

  test.each([
    [{ plugins: {} }, '[job-manager.plugins] config must be an array'],
    [{ plugins: [{ load: 5 }] }, '[job-manager.plugins][0]: Expected string, got integer'],
    [{ plugins: [{ remove: '.begin-time' }, { remove: 'x' }] }, '[job-manager.plugins][1]: remove x: Failed to find plugin to remove'],
    [{ plugins: [{ load: 'nosuch.so' }] }, '[job-manager.plugins][0]: load nosuch.so: nosuch.so: No such plugin found'],
  ])('does not start with a mistake in its configuration: %j', async (table, text) => {
    await expect(JobInstance.start({ config: { 'job-manager': table } })).rejects.toThrow(text);
  });

  function recordedLogLines(names: string[], scenario: string): string {
    const lines = scenarios[scenario]!.eventlog.filter((line) => names.includes(JSON.parse(line).name));
    return lines.map((line) => `${line}\n`).join('');
  }
});
