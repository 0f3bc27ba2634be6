import path from 'node:path';
import { Flux } from '../../../core';
import { jobResult } from '../../../core/client/job-result';
import { type TestInstance, testInstance } from '../../../core/testing';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 3, rc1: true });
});
afterAll(() => t.stop());

test('rc1 brings all brokers to state run with their modules', async () => {
  expect(t.brokers.map(({ states }) => states.state)).toEqual(['run', 'run', 'run']);
  const { mods } = await t.flux.rpc<{ mods: { name: string; status: number }[] }>('broker.lsmod');
  expect(mods.map(({ name }) => name)).toEqual(expect.arrayContaining(['connector-local', 'kvs', 'job-manager', 'sched-simple']));
  expect(new Set(mods.map(({ status }) => status))).toEqual(new Set([1]));
});

test('a job runs', async () => {
  const id = await t.submit(['sh', '-c', 'exit 3']);
  expect(await jobResult(t.flux, id)).toMatchObject({ waitstatus: 3 << 8 });
});

test('a job larger than the instance is refused by the scheduler and nothing is lost', async () => {
  const id = await t.submit(['true'], { ntasks: 100_000 });
  expect(await jobResult(t.flux, id)).toMatchObject({ exception_occurred: true, exception_type: 'alloc' });
  expect(await jobResult(t.flux, await t.submit(['true']))).toMatchObject({ waitstatus: 0 });
});

test('clients of other processes connect to any rank', async () => {
  const flux = await Flux.open(t.uri(2));
  expect(await flux.getattr('rank')).toBe('2');
  flux.close();
});

test('jobtap plugins speak at the submitter', async () => {
  const limited = await testInstance({ jobtap: [path.join(__dirname, '../../../examples/limits.js')] });
  try {
    await expect(Promise.all(Array.from({ length: 50 }, () => limited.submit(['sleep', '60'])))).rejects.toThrow(/exceed|limit/i);
  } finally {
    await limited.stop();
  }
});
