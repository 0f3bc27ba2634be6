import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FluxError, jobIdFromJson, jobIdTimestamp, jobKvsKey, signNone } from '../../../core';
import { golden } from '../../unit/formats/golden';
import { JobInstance, jobspec } from '../job-manager/job-instance';

const { J: signed } = golden<{ J: { valid: { userid: number; payload: string; J: string }[] } }>('jobs.json');

describe('job-ingest', () => {
  let jobs: JobInstance;
  afterEach(() => jobs.stop());

  test('writes J, the exact jobspec, and the submit event as one commit, and announces the job without its environment', async () => {
    jobs = await JobInstance.start({ services: false });
    const text = `${JSON.stringify(jobspec(), null, 2).replace('"duration": 0', '"duration": 60.0')}\n`;
    const J = signNone(process.getuid!(), text);
    const commits = jobs.kvs.commits;
    const { id } = await jobs.flux.rpc('job-ingest.submit', { J, urgency: 5, flags: 2 });
    const key = (name: string) => jobs.kvs.text(jobKvsKey(jobIdFromJson(id), name));
    expect([key('J'), key('jobspec')]).toEqual([J, text]);
    expect(jobs.eventlog(jobIdFromJson(id))[0]).toBe(`submit {"userid":${process.getuid!()},"urgency":5,"flags":2}`);
    expect(jobs.kvs.commits).toBeGreaterThan(commits);
    const message = await jobs.flux.rpcMessage('job-manager.getattr', { id, attrs: ['jobspec'] });
    expect(message.bytes.toString()).toContain('"duration":60.0');
    expect(message.bytes.toString()).not.toContain('environment');
  });

  test('gives ids that ascend, also on other ranks', async () => {
    jobs = await JobInstance.start({ size: 3 });
    const ids = [];
    for (let i = 0; i < 20; i++) ids.push(await jobs.submit({ urgency: 0 }));
    expect([...ids].sort((a, b) => (a < b ? -1 : 1))).toEqual(ids);
    expect(new Set(ids).size).toBe(20);
    const flux = await jobs.instance.open(2);
    const submission = { J: signNone(process.getuid!(), JSON.stringify(jobspec())), urgency: 0, flags: 0 };
    const { id } = await flux.rpc('job-ingest.submit', submission);
    expect((jobIdFromJson(id) >> 10n) & 0x3fffn).toBe(2n);
    const { timestamp } = await flux.rpc<{ timestamp: number }>('job-ingest.getinfo');
    expect(timestamp).toBeGreaterThanOrEqual(jobIdTimestamp(ids.at(-1)!));
    expect(timestamp).toBeLessThan(60_000);
  });

  test('commits together what was submitted together', async () => {
    jobs = await JobInstance.start({ services: false });
    const before = jobs.kvs.commits;
    await Promise.all(Array.from({ length: 100 }, () => jobs.submit({ urgency: 0 })));
    await jobs.settled();
    expect(jobs.kvs.commits - before).toBeLessThan(20);
  });

  test('fails all jobs of a batch whose commit fails, or that the job manager does not take', async () => {
    jobs = await JobInstance.start({ services: false });
    jobs.kvs.gate = Promise.reject(new FluxError('ENOSPC'));
    jobs.kvs.gate.catch(() => {});
    await expect(jobs.submit()).rejects.toMatchObject({ code: 'ENOSPC', message: 'KVS commit failed' });
    jobs.kvs.gate = undefined;
    await jobs.instance.brokers[0]!.modules.remove('job-manager');
    await expect(jobs.submit()).rejects.toMatchObject({ code: 'ENOSYS', message: 'No service matching job-manager.submit is registered' });
    for (let i = 0; i < 3; i++) await jobs.flux.rpc('kvs.ping', { seq: i, pad: '' });
    expect([...jobs.kvs.values.keys()].filter((key) => key.startsWith('job.'))).toEqual([]);
  });

  test.each([
    ['[]', 'Expected object, got array'],
    ['{}', 'Object item not found: attributes'],
    ['{"attributes":null}', 'Expected object, got null'],
    ['{"attributes":{"system":5}}', 'Expected object, got integer'],
  ])('rejects %s, and only it, of what is submitted together without validation', async (text, reason) => {
    jobs = await JobInstance.start({ services: false });
    const good = jobs.submit({ urgency: 0 });
    const bad = jobs.flux.rpc('job-ingest.submit', { J: signNone(process.getuid!(), text), urgency: 0, flags: 8 });
    await expect(bad).rejects.toMatchObject({ code: 'EINVAL', message: `unable to unpack dependencies: ${reason}` });
    await good;
  });

  test.each(signed.valid.filter(({ userid, payload }) => userid < 2 ** 32 - 1 && payload.includes('attributes')))(
    'unwraps the recorded J %#',
    async ({ userid, J, payload }) => {
      jobs = await JobInstance.start({ services: false });
      const { id } = await jobs.flux.rpc('job-ingest.submit', { J, urgency: 0, flags: 8 }, { userid, rolemask: 1 });
      expect(jobs.kvs.text(jobKvsKey(jobIdFromJson(id), 'jobspec'))).toBe(payload);
    },
  );

  describe('with arguments', () => {
    async function reload(...args: string[]): Promise<void> {
      await jobs.instance.brokers[0]!.modules.remove('job-ingest');
      await jobs.instance.load(0, 'job-ingest', args);
    }
    beforeEach(async () => {
      jobs = await JobInstance.start({ services: false });
    });

    test('commits a batch when so many jobs are in it', async () => {
      await reload('batch-count=3');
      const before = jobs.kvs.commits;
      const two = [jobs.submit({ urgency: 0 }), jobs.submit({ urgency: 0 })];
      await jobs.settled();
      expect(jobs.kvs.commits).toBe(before);
      await Promise.all([...two, jobs.submit({ urgency: 0 })]);
    });

    test.each(['batch-count=x', 'batch-count=-1', 'nonsense', 'nonsense=1'])('refuses %s', async (arg) => {
      await expect(reload(arg)).rejects.toMatchObject({ code: 'EINVAL' });
    });

    test('accepts any jobspec with disable-validator', async () => {
      await expect(submitText('{"a":1}')).rejects.toMatchObject({ code: 'EPERM' });
      await reload('disable-validator');
      await submitText('{"attributes":{}}');
    });

    const submitText = (text: string) => jobs.flux.rpc('job-ingest.submit', { J: signNone(process.getuid!(), text), urgency: 0, flags: 0 });
  });

  test('is not loaded without a job manager', async () => {
    jobs = await JobInstance.start({ services: false });
    const { modules } = jobs.instance.brokers[0]!;
    await modules.remove('job-ingest');
    await modules.remove('job-manager');
    await expect(jobs.instance.load(0, 'job-ingest')).rejects.toMatchObject({ code: 'ENOSYS' });
  });
});

describe('validators in processes', () => {
  let jobs: JobInstance;
  let bin: string;
  const path_ = process.env['PATH'];

  /** A validator that does as the job's user attributes say. */
  const script = `#!${process.execPath}
const lines = require('node:readline').createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { jobspec: { attributes: { user = {} } }, ...rest } = JSON.parse(line);
  if (user.die) process.exit(user.die);
  if (user.say) process.stderr.write(user.say + '\\n');
  if (user.raw) { console.log(user.raw); return; }
  console.log(JSON.stringify({ errnum: user.errnum ?? 0, errstr: user.errstr ?? process.argv.slice(2).join(' ') + ' ' + JSON.stringify(rest) }));
});
`;

  beforeAll(async () => {
    bin = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-validator-'));
    fs.writeFileSync(path.join(bin, 'flux'), script, { mode: 0o755 });
    process.env['PATH'] = `${bin}:${path_}`;
    jobs = await JobInstance.start();
    await jobs.instance.brokers[0]!.modules.remove('job-ingest');
    await jobs.instance.load(0, 'job-ingest', ['validator-plugins=a,b', 'validator-args=--x=1,-y']);
  });
  afterAll(async () => {
    process.env['PATH'] = path_;
    await jobs.stop();
    fs.rmSync(bin, { recursive: true });
  });

  const submit = (user: Record<string, unknown>) => jobs.submit({ user, urgency: 0 });

  test('accept jobs', async () => {
    const ids = await Promise.all(Array.from({ length: 50 }, () => submit({})));
    expect(new Set(ids).size).toBe(50);
  });

  test('reject jobs with their own errno and text, and get the arguments and all of the request', async () => {
    const uid = process.getuid!();
    await expect(submit({ errnum: 75, errstr: 'too large' })).rejects.toMatchObject({ code: 'EOVERFLOW', message: 'too large' });
    await expect(submit({ errnum: 22 })).rejects.toThrow(
      `job-validator --plugins a,b --x=1 -y {"userid":${uid},"rolemask":1,"urgency":0,"flags":0}`,
    );
  });

  test('that answer nonsense reject, without a text', async () => {
    for (const raw of ['x', '{}', '[]']) await expect(submit({ raw })).rejects.toMatchObject({ code: 'EINVAL', text: undefined });
  });

  test('that die fail their jobs, and others are started for the next', async () => {
    await expect(submit({ die: 3 })).rejects.toMatchObject({
      code: 'EPROTO',
      message: 'Unrecoverable error: validator unexpectedly exited',
    });
    await submit({ say: 'good evening' });
  });

  test('are skipped by novalidate', async () => {
    await jobs.submit({ user: { die: 1 }, flags: 8, urgency: 0 });
  });

  test('are ended with the module', async () => {
    await submit({});
    await jobs.instance.brokers[0]!.modules.remove('job-ingest');
  });
});
