import fs from 'node:fs';
import path from 'node:path';
import { jobIdFromJson, jobKvsKey, Kvs } from '../../../core';
import { watchEventlog } from '../../../core/client/job-info';
import { type TestInstance, testInstance } from '../../../core/testing';
import { Jobs, shown } from '../../support/jobs';

let t: TestInstance;
let jobs: Jobs;
beforeEach(async () => {
  t = await testInstance({ rc1: true, size: 2 });
  jobs = new Jobs(t);
});
afterEach(() => t.stop());

const remove = (name: string) => t.flux.rpc('broker.rmmod', { name });
const load = (name: string) => t.flux.rpc('broker.insmod', { path: name, args: [] });

async function reload(name: string): Promise<void> {
  await remove(name);
  await load(name);
}

const go = (name: string) => path.join(t.rundir, name);
/** A job that says that it runs, and ends with status 3 when the file is there. */
async function running(name: string, ntasks = 1): Promise<bigint> {
  const command = ['sh', '-c', `echo runs; while ! test -e ${go(name)}; do sleep 0.01; done; exit 3`];
  const id = await jobs.submit({ command, ntasks });
  await jobs.printed(id, 'runs');
  return id;
}

async function stateOf(id: bigint): Promise<unknown> {
  const { job } = await t.flux.rpc<{ job: { id: unknown; state: number } }>('job-list.list-id', { id, attrs: ['state'] });
  return [jobIdFromJson(job.id), job.state];
}

/** Resolves when the list knows that the job is over. */
async function listedAsOver(id: bigint): Promise<void> {
  while (((await stateOf(id)) as [bigint, number])[1] !== 64) await t.flux.rpc('job-manager.getinfo');
}

const cores = async () =>
  (await t.flux.rpc<{ allocated: { execution: { R_lite: unknown[] } } }>('sched.resource-status')).allocated.execution.R_lite;

describe('job-manager is loaded again: the scheduler, job-exec and job-list take it up', () => {
  test('jobs run as before, and are listed', async () => {
    await reload('job-manager');
    const { id, status } = await jobs.run();
    expect(status).toBe(0);
    await listedAsOver(id);
  });

  test('a job that runs goes on, is not run twice, and ends as it would have; what it held is free then', async () => {
    const id = await running('one');
    await reload('job-manager');
    expect(await stateOf(id)).toEqual([id, 16]);
    expect(await cores()).toHaveLength(1);
    expect(await jobs.run()).toMatchObject({ status: 0 });
    fs.writeFileSync(go('one'), '');
    const { status, stdout, events } = await jobs.end(id);
    expect([status, stdout]).toEqual([3 << 8, 'runs\n']);
    expect(shown(events).map((line) => line.split(' ')[0])).toEqual([
      'submit',
      'depend',
      'priority',
      'alloc',
      'start',
      'finish',
      'release',
      'free',
      'clean',
    ]);
    await listedAsOver(id);
    expect(await cores()).toHaveLength(0);
  });

  test('a job that ends while there is no job manager has ended so when there is one again', async () => {
    const id = await running('two');
    await remove('job-manager');
    fs.writeFileSync(go('two'), '');
    // its guest namespace takes the place of the link to it when it is over
    for await (const { treeobj } of new Kvs(t.flux).watch(jobKvsKey(id, 'guest'), { wanted: 'treeobj' }))
      if (treeobj.type !== 'symlink') break;
    await load('job-manager');
    const { status, stdout, exec } = await jobs.end(id);
    expect([status, stdout]).toEqual([3 << 8, 'runs\n']);
    expect(shown(exec).filter((line) => line.startsWith('starting'))).toHaveLength(1);
    await listedAsOver(id);
  });

  test('a running job can be cancelled, and pending ones get their turn', async () => {
    const id = await running('three', 2);
    const waiting = await Promise.all(Array.from({ length: 20 }, () => jobs.submit()));
    await reload('job-manager');
    await t.flux.rpc('job-manager.raise', { id, type: 'cancel', severity: 0, note: '' });
    await jobs.end(id);
    for (const one of waiting) expect(await jobs.end(one)).toMatchObject({ status: 0 });
    expect(await cores()).toHaveLength(0);
  });
});

describe('resource is loaded again: the scheduler takes it up', () => {
  test('jobs that run keep what they hold, others get the rest, drained ranks get nothing', async () => {
    const id = await running('four');
    await reload('resource');
    expect(await cores()).toHaveLength(1);
    expect(await jobs.run()).toMatchObject({ status: 0 });
    await t.flux.rpc('resource.drain', { targets: '0-1' });
    const waiting = await jobs.submit();
    await jobs.event(waiting, 'priority');
    await t.flux.rpc('resource.undrain', { targets: '0-1' });
    expect(await jobs.end(waiting)).toMatchObject({ status: 0 });
    fs.writeFileSync(go('four'), '');
    expect(await jobs.end(id)).toMatchObject({ status: 3 << 8 });
    expect(await cores()).toHaveLength(0);
  });

  test('both, one after the other', async () => {
    for (const name of ['resource', 'job-manager', 'resource']) await reload(name);
    expect(await jobs.run()).toMatchObject({ status: 0 });
  });
});

test('job-exec is loaded again: a job whose shells went with it ends, others run', async () => {
  const id = await running('five');
  await reload('job-exec');
  const names: string[] = [];
  for await (const { name } of watchEventlog(t.flux, id, 'eventlog')) names.push(name);
  expect(names.slice(-2)).toEqual(['free', 'clean']);
  expect(await jobs.run()).toMatchObject({ status: 0 });
});

test.each([['job-manager'], ['sched-simple'], ['resource'], ['job-exec'], ['job-list']])(
  'an instance without %s ends, whatever its jobs do',
  async (name) => {
    await running('never');
    await remove(name);
    await t.stop();
  },
);
