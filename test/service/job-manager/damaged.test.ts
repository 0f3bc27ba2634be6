import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encodeJson, type Flux, jobIdFromJson, jobKvsKey, Kvs, type KvsTransaction } from '../../../core';
import { jobResult } from '../../../core/client/job-result';
import { type TestInstance, testInstance } from '../../../core/testing';
import { damagedTexts, damagedValues } from '../../support/damage';
import { jobspec } from './job-instance';

const uid = process.getuid!();
/** What is seen of a job that runs nothing: it is over as soon as it is taken up again. */
const spec = jobspec({ system: { duration: 1.5, exec: { test: { run_duration: '0.01s' } }, job: { name: 'n' } }, user: { a: 1 } });
const R = {
  version: 1,
  execution: { R_lite: [{ rank: '0', children: { core: '0' } }], starttime: 1.5, expiration: 0, nodelist: ['vm'] },
};
const history: readonly [name: string, context?: object][] = [
  ['submit', { userid: uid, urgency: 0, flags: 0 }],
  ['dependency-add', { description: 'd' }],
  ['dependency-remove', { description: 'd' }],
  ['memo', { note: 'x' }],
  ['depend'],
  ['urgency', { userid: uid, urgency: 0 }],
  ['priority', { priority: 0 }],
  ['alloc', { annotations: { sched: { resource_summary: 'rank0/core0' } } }],
  ['start'],
  ['exception', { type: 'x', severity: 3, userid: uid, note: 'y' }],
  ['finish', { status: 0 }],
  ['release', { ranks: 'all', final: true }],
  ['free'],
  ['clean'],
];
const lineOf = (entry: object) => `${encodeJson(entry)}\n`;
const entries = history.map(([name, context], i) => ({ timestamp: i + 0.5, name, ...(context ? { context } : {}) }));

/** How far jobs have come, by the number of their events. */
const stages = { held: 7, running: 9, ended: entries.length } as const;

interface StoredJob {
  what: string;
  keys: Record<string, string | Buffer | undefined>;
}

/** A job as it is stored, and copies of it with one damage each. */
function* storedJobs(): Generator<StoredJob> {
  for (const [stage, length] of Object.entries(stages)) {
    const log = entries.slice(0, length);
    const whole = {
      J: 'x.y.none',
      jobspec: JSON.stringify(spec),
      eventlog: log.map(lineOf).join(''),
      ...(stage === 'held' ? {} : { R: JSON.stringify(R) }),
    };
    yield { what: `${stage}, whole`, keys: whole };
    for (const key of Object.keys(whole) as (keyof typeof whole)[])
      for (const { what, value } of damagedTexts(whole[key]!)) yield { what: `${stage}, ${key} ${what}`, keys: { ...whole, [key]: value } };
    for (const { what, value } of damagedValues(spec))
      yield { what: `${stage}, jobspec: ${what}`, keys: { ...whole, jobspec: JSON.stringify(value) } };
    if ('R' in whole)
      for (const { what, value } of damagedValues(R)) yield { what: `${stage}, R: ${what}`, keys: { ...whole, R: JSON.stringify(value) } };
    for (const { what, value } of damagedValues(log)) {
      if (Array.isArray(value))
        yield { what: `${stage}, eventlog: ${what}`, keys: { ...whole, eventlog: value.map((entry) => lineOf(entry as object)).join('') } };
    }
  }
}

let folder: string;
let t: TestInstance;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
});
afterEach(async () => {
  await t.stop();
  fs.rmSync(folder, { recursive: true });
});

/** An instance on the store in `folder`; jobs that run are left as they are when it ends. */
async function start(): Promise<void> {
  const attributes = { 'content.backing-path': path.join(folder, 'store') };
  t = await testInstance({ rc1: true, attributes, env: { FLUX_INSTANCE_RESTART: 't' } });
}

async function restart(): Promise<void> {
  await t.stop();
  await start();
}

async function listed(flux: Flux): Promise<Map<bigint, Record<string, unknown>>> {
  const { attrs } = await flux.rpc<{ attrs: string[] }>('job-list.list-attrs');
  const { jobs } = await flux.rpc<{ jobs: Record<string, unknown>[] }>('job-list.list', {
    max_entries: 0,
    attrs,
    userid: -1,
    states: 0,
    results: 0,
  });
  return new Map(jobs.map((job) => [jobIdFromJson(job['id']), job]));
}

const loaded = async () => (await t.flux.rpc<{ mods: { name: string }[] }>('broker.lsmod')).mods.map(({ name }) => name);
const logged = () => t.brokers[0]!.log.entries.map(String);

function put(transaction: KvsTransaction, id: bigint, keys: StoredJob['keys']): void {
  for (const [key, value] of Object.entries(keys)) if (value !== undefined) transaction.put(jobKvsKey(id, key), value);
}

test('whatever is damaged of the jobs in the store, the instance starts, lists the others, and runs jobs; and again', async () => {
  await start();
  const kvs = new Kvs(t.flux);
  const stored = new Map([...storedJobs()].map((job, i) => [BigInt(i + 1), job]));
  expect(stored.size).toBeGreaterThan(1000);
  const transaction = kvs.transaction();
  for (const [id, { keys }] of stored) put(transaction, id, keys);
  transaction.put('job.other', 'x').mkdir('job.0000.not.a.job').mkdir('job.0000.0000.0000.fffe.eventlog');
  await kvs.commit(transaction);
  const modules = await loaded();
  for (const time of ['first', 'second']) {
    await restart();
    expect([time, await loaded()]).toEqual([time, modules]);
    const list = await listed(t.flux);
    const whole = [...stored].filter(([, { what }]) => what.endsWith('whole') || / J is /.test(what));
    expect(whole.filter(([id]) => !list.has(id)).map(([, { what }]) => what)).toEqual([]);
    expect(await jobResult(t.flux, await t.submit(['true']))).toMatchObject({ waitstatus: 0 });
    // each request is answered, if only by an error: a guest's, for which the eventlog is read
    const guest = { userid: uid + 1, rolemask: 2 };
    const asked = [...stored.keys()].map((id) => t.flux.rpc('job-info.lookup', { id, keys: ['jobspec'], flags: 0 }, guest));
    expect((await Promise.allSettled(asked)).filter(({ status }) => status === 'fulfilled').length).toBeLessThan(stored.size / 10);
    expect([time, await loaded()]).toEqual([time, modules]);
  }
});

test('a job that can not be read is named in the log, and its directory is found in lost+found', async () => {
  await start();
  const kvs = new Kvs(t.flux);
  const id = 0x123456789n;
  const transaction = kvs.transaction();
  put(transaction, id, { jobspec: JSON.stringify(spec), eventlog: '{"timest', 'guest.output': 'text' });
  await kvs.commit(transaction);
  await restart();
  const lines = logged().join('\n');
  expect(lines).toContain(`restart: job ${id}: eventlog can't be read: Invalid argument`);
  expect(lines).toContain(`restart: job ${id}: moved to lost+found.${jobKvsKey(id)}`);
  expect(await new Kvs(t.flux).getText(`lost+found.${jobKvsKey(id, 'guest.output')}`)).toBe('text');
  await expect(t.flux.rpc('job-list.list-id', { id, attrs: [] })).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a job whose R is no JSON is listed with what else is known of it, and named in the log', async () => {
  await start();
  const kvs = new Kvs(t.flux);
  const transaction = kvs.transaction();
  put(transaction, 7n, { jobspec: JSON.stringify(spec), eventlog: entries.map(lineOf).join(''), R: '{"version":' });
  await kvs.commit(transaction);
  await restart();
  const job = (await listed(t.flux)).get(7n)!;
  expect(job).toMatchObject({ name: 'n', ntasks: 1, state: 64, success: true });
  expect(job).not.toHaveProperty('nnodes');
  expect(logged().join('\n')).toMatch(/job-list.*7: R can't be read: JSON/);
});
