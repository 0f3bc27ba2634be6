import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encodeJson, FluxError, JOB_FLAG, jobIdFromJson } from '../../../core';
import { jobResult } from '../../../core/client/job-result';
import { submitJob } from '../../../core/client/job-submit';
import { type TestInstance, testInstance } from '../../../core/testing';
import { damagedValues } from '../../support/damage';
import { jobspec } from '../job-manager/job-instance';

// Nothing is run: what the job manager, the scheduler and the lists make of a jobspec is seen all the same.
const system = {
  duration: 1,
  exec: { test: { run_duration: '0.001s' } },
  job: { name: 'n' },
  dependencies: [{ scheme: 'begin-time', value: '1.0' }],
};
const spec = jobspec({ system, user: { a: 1 } });
const range = (count: unknown) => ({ ...spec, resources: [{ type: 'slot', count, label: 'task', with: [{ type: 'core', count: 1 }] }] });
const nested = (levels: number) => jobspec({ system, user: { deep: JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown } });
const odd = [
  ...damagedValues(spec),
  { what: 'a count with a minimum', value: range({ min: 1 }) },
  { what: 'a range as count', value: range({ min: 1, max: 4, operator: '+', operand: 1 }) },
  { what: 'a count without members', value: range({}) },
  { what: 'a node with a range', value: { ...spec, resources: [{ type: 'node', count: { min: 1 }, with: range(1).resources }] } },
  { what: 'a member nested as deep as a jobspec may be', value: nested(497) },
  { what: 'a member nested deeper', value: nested(505) },
];

let folder: string;
let t: TestInstance;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
});
afterEach(async () => {
  await t.stop();
  fs.rmSync(folder, { recursive: true });
});

async function start(): Promise<void> {
  t = await testInstance({ rc1: true, attributes: { 'content.backing-path': path.join(folder, 'store') } });
}

async function listed(): Promise<Set<bigint>> {
  const { attrs } = await t.flux.rpc<{ attrs: string[] }>('job-list.list-attrs');
  const { jobs } = await t.flux.rpc<{ jobs: { id: unknown }[] }>('job-list.list', {
    max_entries: 0,
    attrs,
    userid: -1,
    states: 0,
    results: 0,
  });
  return new Set(jobs.map(({ id }) => jobIdFromJson(id)));
}

/** The id of a job, or why it was refused. */
async function submit(value: unknown, flags: number): Promise<bigint | string> {
  try {
    return await submitJob(t.flux, encodeJson(value), { flags });
  } catch (e) {
    if (!(e instanceof FluxError)) throw e;
    return e.message;
  }
}

test.each([
  ['the validator accepts', 0],
  ['nobody has validated', JOB_FLAG.novalidate],
])('every odd jobspec that %s is a job that ends, is listed with all that there is of it, and hinders no restart', async (_, flags) => {
  await start();
  const modules = (await t.flux.rpc<{ mods: { name: string }[] }>('broker.lsmod')).mods.map(({ name }) => name);
  const answers = await Promise.all(odd.map(async ({ what, value }) => ({ what, answer: await submit(value, flags) })));
  const accepted = answers.filter((row): row is { what: string; answer: bigint } => typeof row.answer === 'bigint');
  expect(accepted.length).toBeGreaterThan(50);
  const known = () => listed().then((list) => accepted.filter(({ answer }) => !list.has(answer)).map(({ what }) => what));
  await Promise.all(accepted.map(({ answer }) => t.flux.rpc('job-list.list-id', { id: answer, attrs: [] })));
  expect(await known()).toEqual([]);
  await Promise.all(accepted.map(({ answer }) => jobResult(t.flux, answer)));
  expect(await known()).toEqual([]);
  await t.stop();
  await start();
  expect((await t.flux.rpc<{ mods: { name: string }[] }>('broker.lsmod')).mods.map(({ name }) => name)).toEqual(modules);
  expect(await known()).toEqual([]);
  expect(await jobResult(t.flux, await t.submit(['true']))).toMatchObject({ waitstatus: 0 });
});

test('a jobspec that the rules of its version forbid is refused, and what is nested too deep to be sent on', async () => {
  await start();
  expect(await submit(range({ min: 1 }), 0)).toBe('count must be an int: version 1 has no ranges');
  expect(await submit(nested(505), JOB_FLAG.novalidate)).toBe('jobspec: invalid JSON: maximum parsing depth reached');
});
