import { decodeJson, Real, real } from '../../../core';
import { logLine } from '../../support/log-lines';
import { uniformR } from '../resource/instance';
import { jobspec, SchedInstance, type SchedInstanceOptions } from './instance';

const R = uniformR('0-1', '0-3', 'n[0-1]');
let t: SchedInstance;
afterEach(() => t.stop());

async function start(options: Partial<SchedInstanceOptions> = {}): Promise<void> {
  t = await SchedInstance.start({ size: 2, R, ...options });
}

const granted = (summary: string) => ({
  type: 0,
  annotations: { sched: { resource_summary: summary, reason_pending: null, jobs_ahead: null } },
});

test('tells the job manager how many requests it takes', async () => {
  await start();
  expect(await t.ready).toEqual({ mode: 'limited', limit: 8 });
});

test.each([
  [['mode=unlimited'], { mode: 'unlimited' }],
  [['mode=limited=3'], { mode: 'limited', limit: 3 }],
  [['mode=limited=0', 'alloc-mode=zz'], { mode: 'limited', limit: 8 }],
])('with arguments %j it is ready as %j', async (args, ready) => {
  await start({ args });
  expect(await t.ready).toEqual(ready);
});

test('an unknown argument makes the load fail', async () => {
  await start();
  await t.flux.rpc('broker.rmmod', { name: 'sched-simple' });
  await expect(t.instance.load(0, 'sched-simple', ['zz'])).rejects.toMatchObject({ code: 'EINVAL' });
});

test('a job gets its cores, and its R is in the KVS before it hears of it', async () => {
  await start();
  const stream = t.alloc(7n, jobspec(2, 2));
  expect((await stream.next()).value).toEqual({ id: 7, ...granted('rank0/core[0-3]') });
  expect(await t.jobR(7n)).toBe(
    '{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"0-3"}}],"starttime":0.0,"expiration":0.0,"nodelist":["n0"]}}',
  );
});

test('a time limit makes R expire', async () => {
  await start();
  await t.alloc(7n, jobspec(1, 1, { duration: 3600 })).next();
  const { execution } = decodeJson(await t.jobR(7n), { reals: true }) as { execution: Record<string, unknown> };
  const [start_, end] = [execution['starttime'], execution['expiration']];
  expect([start_, end]).toEqual([expect.any(Real), expect.any(Real)]);
  expect(Number(end) - Number(start_)).toBeCloseTo(3600, 3);
  expect(Math.abs(Number(start_) - Date.now() / 1000)).toBeLessThan(60);
});

test('who does not fit waits, with all behind, until resources are free', async () => {
  await start();
  await t.alloc(1n, jobspec(8)).next();
  const big = t.alloc(2n, jobspec(8), 20);
  const small = t.alloc(3n, jobspec(1));
  expect(await t.flux.rpc('sched.free', { id: 1 })).toEqual({ id: 1 });
  expect((await big.next()).value).toEqual({ id: 2, ...granted('rank[0-1]/core[0-3]') });
  await t.flux.rpc('sched.free', { id: 2 });
  expect((await small.next()).value).toMatchObject({ id: 3, type: 0 });
});

test('among those who wait priority decides, then age', async () => {
  await start();
  await t.alloc(1n, jobspec(8)).next();
  const order: number[] = [];
  const watch = async (id: bigint, priority: number) => {
    const { value } = await t.alloc(id, jobspec(8), priority).next();
    order.push((value as { id: number }).id);
    t.flux.notify('sched.free', { id });
  };
  const all = [watch(5n, 16), watch(4n, 16), watch(6n, 20), watch(7n, 1)];
  t.flux.notify('sched.prioritize', { jobs: [[7, 31]] });
  t.flux.notify('sched.free', { id: 1 });
  await Promise.all(all);
  expect(order).toEqual([7, 6, 4, 5]);
});

test('a cancelled request is given back, and the next one is tried', async () => {
  await start();
  await t.alloc(1n, jobspec(4)).next();
  const head = t.alloc(2n, jobspec(8), 20);
  const next = t.alloc(3n, jobspec(1));
  t.flux.notify('sched.cancel', { id: 99 });
  t.flux.notify('sched.cancel', { id: 2 });
  expect((await head.next()).value).toEqual({ id: 2, type: 3 });
  expect((await next.next()).value).toMatchObject({ id: 3, type: 0 });
});

test.each([
  [jobspec(9), 'unsatisfiable request'],
  [jobspec(1, 5), 'unsatisfiable request'],
  [jobspec(1, 1, { nnodes: 3 }), 'unsatisfiable request'],
  [{ ...jobspec(1), resources: [{ type: 'slot', count: 1, with: [{ type: 'gpu', count: 1 }] }] }, "Unsupported resource type 'gpu'"],
])('job %# is denied', async (spec, note) => {
  await start();
  expect((await t.alloc(1n, spec).next()).value).toEqual({ id: 1, type: 2, note });
});

test('updates of resources are in the log as they were sent', async () => {
  await start({ R: { ...R, scheduling: real(2) } });
  expect(await logLine(t.flux, 'resource update', 'resources')).toMatch(/\{"version":1,.*"scheduling":2\.0\},"up":"0-1"\}$/);
});

test('more requests than agreed are refused', async () => {
  await start({ args: ['mode=limited=1'] });
  await t.alloc(1n, jobspec(8)).next();
  const waiting = t.alloc(2n, jobspec(8));
  await expect(t.alloc(3n, jobspec(8)).next()).rejects.toMatchObject({ code: 'EINVAL' });
  t.flux.notify('sched.cancel', { id: 2 });
  expect((await waiting.next()).value).toMatchObject({ type: 3 });
});

test('nothing is placed on what is down; what comes up is used at once', async () => {
  await start({ online: '' });
  const first = t.alloc(1n, jobspec(4));
  const second = t.alloc(2n, jobspec(4));
  t.groups.set('broker.online', '1');
  expect((await first.next()).value).toEqual({ id: 1, ...granted('rank1/core[0-3]') });
  t.groups.set('broker.online', '0-1');
  expect((await second.next()).value).toEqual({ id: 2, ...granted('rank0/core[0-3]') });
});

test('what jobs hold already is respected, and can be freed', async () => {
  await start({ running: { 9: uniformR('0', '0-3', 'n0'), 10: uniformR('1', '0-1', 'n1') } });
  expect((await t.alloc(11n, jobspec(2)).next()).value).toMatchObject({ id: 11, ...granted('rank1/core[2-3]') });
  await t.flux.rpc('sched.free', { id: 9 });
  expect((await t.alloc(12n, jobspec(4)).next()).value).toMatchObject({ id: 12, ...granted('rank0/core[0-3]') });
});

test('an R that does not fit is skipped', async () => {
  await start({ running: { 9: uniformR('0', '0-3', 'n0'), 10: uniformR('0', '3', 'n0') } });
  expect((await t.alloc(11n, jobspec(4)).next()).value).toMatchObject({ id: 11, ...granted('rank1/core[0-3]') });
});

test('a free of what nobody holds is an error', async () => {
  await start();
  await expect(t.flux.rpc('sched.free', { id: 5 })).rejects.toMatchObject({ code: 'ENOENT' });
  await t.put('job.0000.0000.0000.0005.R', uniformR('0', '0', 'n0'));
  await expect(t.flux.rpc('sched.free', { id: 5 })).rejects.toMatchObject({ code: 'EEXIST' });
});

test('status shows all, allocated and down resources to any user', async () => {
  await start({ online: '' });
  t.groups.set('broker.online', '0');
  await t.alloc(1n, jobspec(3)).next();
  const guest = { userid: 12345, rolemask: 2 };
  for (const topic of ['sched.resource-status', 'sched-simple.resource-status']) {
    expect(await t.flux.rpc(topic, undefined, guest)).toEqual({
      all: R,
      allocated: uniformR('0', '0-2', 'n0'),
      down: uniformR('1', '0-3', 'n1'),
    });
  }
});

test('an empty set of resources is an R without ranks', async () => {
  await start();
  const { allocated } = await t.flux.rpc('sched.resource-status');
  expect(allocated).toEqual({ version: 1, execution: { R_lite: [], starttime: 0, expiration: 0, nodelist: [''] } });
});

test('feasibility tells what could ever run', async () => {
  await start({ online: '' });
  const ask = (spec: object) => t.flux.rpc('sched.feasibility', { jobspec: spec }, { userid: 12345, rolemask: 2 });
  expect(await ask(jobspec(8))).toEqual({ errnum: 0 });
  await expect(ask(jobspec(9))).rejects.toMatchObject({ code: 'EOVERFLOW', text: 'request is not satisfiable' });
  await expect(ask({ version: 1 })).rejects.toMatchObject({ code: 'EINVAL', text: 'at top level: Object item not found: resources' });
  await expect(t.flux.rpc('sched.feasibility', {})).rejects.toMatchObject({ code: 'EPROTO' });
});

test('debug flags deny jobs, and annotate those that wait', async () => {
  await start();
  const debug = (flags: number) => t.flux.rpc('sched-simple.debug', { op: 'set', flags });
  expect(await debug(1)).toEqual({ flags: 1 });
  expect((await t.alloc(1n, jobspec(1)).next()).value).toEqual({ id: 1, type: 2, note: 'DEBUG_FAIL_ALLOC' });
  await debug(2);
  await t.alloc(2n, jobspec(8)).next();
  const [a, b] = [t.alloc(3n, jobspec(8)), t.alloc(4n, jobspec(8))];
  const waiting = (ahead: number) => ({ type: 1, annotations: { sched: { reason_pending: 'insufficient resources', jobs_ahead: ahead } } });
  expect((await a.next()).value).toEqual({ id: 3, ...waiting(0) });
  expect((await b.next()).value).toEqual({ id: 4, ...waiting(1) });
});

test('what is pending when it is unloaded goes back', async () => {
  await start();
  await t.alloc(1n, jobspec(8)).next();
  const waiting = t.alloc(2n, jobspec(8));
  await t.flux.rpc('broker.rmmod', { name: 'sched-simple' });
  await expect(waiting.next()).rejects.toMatchObject({ code: 'ENOSYS', text: 'simple sched exiting' });
});

test('when the resources are taken away it keeps to what it knows of them, and takes them again when they are back', async () => {
  await start();
  await t.ready;
  await t.flux.rpc('broker.rmmod', { name: 'resource' });
  await logLine(t.flux, 'resource update failure: the resource module was unloaded: waiting for the resource module');
  expect(await t.flux.rpc('sched.resource-status')).toMatchObject({ all: { version: 1 } });
  await t.flux.rpc('broker.insmod', { path: 'resource', args: ['noverify'] });
  const updates = async () => t.instance.brokers[0]!.log.entries.filter((line) => line.includes('resource update: ')).length;
  while ((await updates()) < 2) await t.flux.rpc('sched.resource-status');
});
