import { type CronEntry, createCron, deleteCron, listCron, startCron, stopCron, syncCron } from '../../../core/client/cron';
import type { Flux } from '../../../core/handle';
import { type TestInstance, testInstance } from '../../../core/testing';
import { logLine } from '../../support/log-lines';

let t: TestInstance;
let flux: Flux;
beforeAll(async () => {
  t = await testInstance({ size: 2 });
  flux = t.flux;
  await t.load(0, 'cron');
});
afterAll(() => t.stop());

const onEvent = (topic: string, command: string, more: object = {}) =>
  createCron(flux, { type: 'event', args: { topic } }, { name: topic, command, ...more });
const entry = async (id: number) => (await listCron(flux)).find((candidate) => candidate.id === id)!;

describe('an entry that runs on events', () => {
  test('runs its command on the rank it names, and logs what that prints', async () => {
    const { id } = await onEvent('t.rank', 'flux_is=here; echo out $flux_is; echo err >&2; echo; echo last', { rank: 1 });
    await flux.publish('t.rank');
    const command = 'flux_is=here; echo out $flux_is; echo err >&2; echo; echo last';
    expect(await logLine(flux, `cron-${id}[`, '"last"')).toBe(`cron-${id}[t.rank]: rank=1: command="${command}": "last"`);
    expect(await logLine(flux, `cron-${id}[`, '"err"')).toContain('"err"');
  });

  test('runs on the whole topic only, and on a glob of it', async () => {
    const { id } = await onEvent('t.whole', 'true');
    const { id: glob } = await onEvent('t.who*', 'echo globbed');
    await flux.publish('t.whole.more');
    expect(await logLine(flux, `cron-${glob}[`)).toContain('globbed');
    expect((await entry(id)).typedata).toMatchObject({ counter: 0 });
  });

  test('runs from the afterth event on, every nth', async () => {
    const args = { topic: 't.nth', nth: 2, after: 3 };
    const { id } = await createCron(flux, { type: 'event', args }, { name: 'nth', command: 'true' });
    const runs: number[] = [];
    for (let i = 1; i <= 7; i++) {
      const before = (await entry(id)).stats.total;
      await flux.publish('t.nth');
      const after = await untilIdle(id);
      if (after.stats.total > before) runs.push(i);
    }
    expect(runs).toEqual([3, 5, 7]);
  });

  test('does not run more often than its minimal interval', async () => {
    const args = { topic: 't.min', min_interval: 3600 };
    const { id } = await createCron(flux, { type: 'event', args }, { name: 'min', command: 'true' });
    await flux.publish('t.min');
    await untilIdle(id);
    await flux.publish('t.min');
    expect(await logLine(flux, `cron-${id}: delaying`)).toMatch(/delaying \d+\.\d{3}s due to min interval/);
    expect((await entry(id)).stats.count).toBe(1);
  });

  test('does not start a second task while one runs', async () => {
    const { id } = await onEvent('t.busy', 'sleep 60');
    await flux.publish('t.busy');
    await flux.publish('t.busy');
    expect(await logLine(flux, `cron-${id}: t.busy:`)).toContain('task still running or scheduled');
    await deleteCron(flux, id, true);
    expect(await logLine(flux, `cron-${id}:`, 'Failed')).toBe(`cron-${id}: "sleep 60": Failed: Terminated`);
  });

  test('is in the list, deleted, until its task has ended', async () => {
    const { id } = await onEvent('t.delete', 'sleep 60');
    await flux.publish('t.delete');
    await until(id, ({ tasks }) => tasks[0]?.state === 'Running');
    expect(await deleteCron(flux, id)).toMatchObject({ id, stopped: false });
    expect(await entry(id)).toMatchObject({ stopped: true });
    await deleteCron(flux, id, true);
    await logLine(flux, `cron-${id}:`, 'Terminated');
    expect(await entry(id)).toBeUndefined();
  });
});

describe('an entry that runs at intervals', () => {
  test('runs as often as it repeats, then is stopped, and starts again from 0', async () => {
    const { id } = await createCron(flux, { type: 'interval', args: { interval: 0.01 } }, { name: 'i', command: 'true', repeat: 2 });
    await untilStopped(id);
    expect((await entry(id)).stats).toMatchObject({ count: 2, total: 2 });
    await startCron(flux, id);
    await untilStopped(id);
    expect((await entry(id)).stats).toMatchObject({ count: 2, total: 4 });
  });

  test('runs once with an interval of 0', async () => {
    const { id } = await createCron(flux, { type: 'interval', args: { interval: 0 } }, { name: 'once', command: 'echo once' });
    await logLine(flux, `cron-${id}[once]`);
    expect((await untilIdle(id)).stats).toMatchObject({ count: 1, success: 1 });
  });

  test('keeps the time that is left while it is stopped', async () => {
    const { id } = await createCron(flux, { type: 'interval', args: { interval: 1000, after: 500 } }, { name: 'left', command: 'true' });
    const next = async () => Number((await entry(id)).typedata['next_wakeup']) - Date.now() / 1000;
    await stopCron(flux, id);
    expect(await next()).toBeLessThanOrEqual(500);
    await startCron(flux, id);
    expect(await next()).toBeLessThanOrEqual(500);
    expect(await next()).toBeGreaterThan(400);
  });
});

describe('failures', () => {
  test('are counted, logged, and stop the entry at its limit', async () => {
    const { id } = await onEvent('t.fail', 'exit 3', { 'stop-on-failure': 2 });
    await flux.publish('t.fail');
    expect(await logLine(flux, `cron-${id}: "exit 3"`)).toBe(`cron-${id}: "exit 3": Failed: Exit 3`);
    expect(await untilIdle(id)).toMatchObject({ stopped: false, tasks: [{ state: 'Failed', code: 3, status: 768 }] });
    await flux.publish('t.fail');
    expect(await logLine(flux, `cron-${id}: exceeded`)).toBe(`cron-${id}: exceeded failure limit of 2. stopping`);
    expect(await entry(id)).toMatchObject({ stopped: true, stats: { failure: 2, failcount: 2 } });
  });

  test('a rank that is not there is a failure of the exec service', async () => {
    const { id } = await onEvent('t.norank', 'true', { rank: 99 });
    await flux.publish('t.norank');
    expect(await logLine(flux, `cron-${id}: failure`)).toBe(`cron-${id}: failure running true: No route to host`);
    expect((await entry(id)).tasks[0]).toMatchObject({ state: 'Rexec Failure', rexec_errno: 113 });
  });

  test('an environment that is not all strings is refused by the exec service', async () => {
    const { id } = await onEvent('t.env', 'true', { environ: { A: 1 } });
    await flux.publish('t.env');
    await logLine(flux, `cron-${id}: failure`);
    expect((await entry(id)).tasks[0]).toMatchObject({ state: 'Rexec Failure', rexec_errno: 71 });
  });

  test('a task that runs longer than its timeout is ended', async () => {
    const { id } = await onEvent('t.timeout', 'sleep 60', { timeout: 0.01 });
    await flux.publish('t.timeout');
    await logLine(flux, `cron-${id}:`, 'Terminated');
    expect((await entry(id)).tasks[0]).toMatchObject({ state: 'Timeout', timedout: true, code: 143 });
  });
});

test('a task gets the environment and the directory that its entry has', async () => {
  const { id } = await onEvent('t.cwd', 'echo $GREETING $PWD', { environ: { GREETING: 'hi', PATH: process.env['PATH']! }, cwd: '/' });
  await flux.publish('t.cwd');
  expect(await logLine(flux, `cron-${id}[`)).toContain('"hi /"');
});

test('as many finished tasks are remembered as the entry says, the latest first', async () => {
  const { id } = await onEvent('t.history', 'true', { 'task-history-count': 2 });
  for (let i = 0; i < 3; i++) {
    await flux.publish('t.history');
    await untilIdle(id);
  }
  const { tasks } = await entry(id);
  expect(tasks).toHaveLength(2);
  expect(tasks[0]!['create-time']).toBeGreaterThanOrEqual(tasks[1]!['create-time']);
});

test('tasks wait for the sync event', async () => {
  expect(await syncCron(flux)).toEqual({ sync_disabled: true });
  expect(await syncCron(flux, { topic: 'beat', epsilon: 0 })).toEqual({ sync_event: 'beat', sync_epsilon: 0 });
  const { id } = await onEvent('t.sync', 'echo synced');
  await flux.publish('t.sync');
  expect(await logLine(flux, `deferring cron-${id} `)).toBe(`deferring cron-${id} to next beat event`);
  expect(await entry(id)).toMatchObject({ stats: { deferred: 1 }, tasks: [{ state: 'Deferred' }] });
  await flux.publish('beat');
  await logLine(flux, `cron-${id}[`, 'synced');
  await untilIdle(id);
  await flux.publish('t.sync');
  await logLine(flux, `deferring cron-${id} `);
  expect(await syncCron(flux, { disable: true })).toEqual({ sync_disabled: true });
  expect((await untilIdle(id)).stats).toMatchObject({ success: 2 });
});

describe('requests that are wrong', () => {
  test.each([
    ['without a payload', undefined, 'EPROTO'],
    ['without a command', { type: 'event', name: 'x', args: { topic: 'x' } }, 'EPROTO'],
    ['with an unknown type', { type: 'moon', name: 'x', command: 'x', args: {} }, 'ENOSYS'],
    ['without an interval', { type: 'interval', name: 'x', command: 'x', args: {} }, 'EPROTO'],
    ['with a negative interval', { type: 'interval', name: 'x', command: 'x', args: { interval: -1 } }, 'EINVAL'],
    ['with a minute out of range', { type: 'datetime', name: 'x', command: 'x', args: { minute: 61 } }, 'ERANGE'],
    ['with days that are neither', { type: 'datetime', name: 'x', command: 'x', args: { days: 'any' } }, 'EINVAL'],
    ['with a time in words', { type: 'datetime', name: 'x', command: 'x', args: { time: 'noon' } }, 'EINVAL'],
    ['with a rank that is a string', { type: 'event', name: 'x', command: 'x', args: { topic: 'x' }, rank: '0' }, 'EPROTO'],
  ])('create %s', async (_, payload, code) => {
    const before = await listCron(flux);
    await expect(flux.rpc('cron.create', payload)).rejects.toMatchObject({ code });
    expect((await listCron(flux)).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
  });

  test('entries that are not there, and that are stopped or started already', async () => {
    for (const method of ['stop', 'start', 'delete']) {
      await expect(flux.rpc(`cron.${method}`, { id: 999_999 })).rejects.toMatchObject({ code: 'ENOENT' });
      await expect(flux.rpc(`cron.${method}`, {})).rejects.toMatchObject({ code: 'EPROTO' });
    }
    const { id } = await onEvent('t.wrong', 'true');
    await expect(startCron(flux, id)).rejects.toMatchObject({ code: 'EINVAL' });
    await stopCron(flux, id);
    await expect(stopCron(flux, id)).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(flux.rpc('cron.sync')).rejects.toMatchObject({ code: 'EPROTO' });
  });

  test('a time that will not come leaves a stopped entry', async () => {
    const args = { second: 0, minute: 0, hour: 0, mday: 31, month: 1 };
    const created = await createCron(flux, { type: 'datetime', args }, { name: 'never', command: 'true' });
    expect(created).toMatchObject({ stopped: true, typedata: { next_wakeup: 1e19 } });
    expect(await logLine(flux, `cron-${created.id}:`)).toContain('Unable to get next wakeup. Stopping.');
  });
});

/** The entry when it has no task that runs or waits. */
const untilIdle = (id: number) => until(id, ({ tasks }) => !tasks.some(({ state }) => state === 'Running' || state === 'Deferred'));

async function untilStopped(id: number): Promise<void> {
  await until(id, ({ stopped }) => stopped);
  await untilIdle(id);
}

/** Asks for the entry again and again: a task that succeeds tells nobody. */
async function until(id: number, holds: (entry: CronEntry) => boolean): Promise<CronEntry> {
  for (let asked = 0; asked < 20_000; asked++) {
    const now = await entry(id);
    if (holds(now)) return now;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`cron-${id}: ${JSON.stringify(await entry(id))}`);
}
