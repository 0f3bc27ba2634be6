import { FluxError, jobKvsKey, Kvs } from '../../../core';
import { shown } from '../../support/jobs';
import { logLine } from '../../support/log-lines';
import { ExecInstance, released } from './exec-instance';

let exec: ExecInstance;
let kvs: Kvs;
beforeAll(async () => {
  exec = await ExecInstance.start();
  kvs = new Kvs(exec.instance.flux);
});
afterAll(() => exec.stop());

const endless = { system: { exec: { test: { run_duration: '0s' } } } };
const exception = (note: string) => `exception ${JSON.stringify({ severity: 0, type: 'exec', note })}`;
const namespaces = async () => (await kvs.listNamespaces()).map(({ namespace, owner }) => [namespace, owner]);

describe('the guest namespace', () => {
  test('is the job user’s, linked while the job runs, and afterwards a directory in its place', async () => {
    const userid = process.getuid!() + 1;
    const job = await exec.job({ ...endless, userid });
    await job.answer('start');
    expect(await namespaces()).toContainEqual([job.namespace, userid]);
    expect(await kvs.getTreeobj(jobKvsKey(job.id, 'guest'))).toEqual({
      ver: 1,
      type: 'symlink',
      data: { namespace: job.namespace, target: '.' },
    });
    await new Kvs(exec.instance.flux, { namespace: job.namespace }).put('left', 'behind');
    await exec.raise(job.id);
    await job.rest();
    expect(await kvs.getText(jobKvsKey(job.id, 'guest.left'))).toBe('behind');
    expect(await namespaces()).not.toContainEqual([job.namespace, userid]);
    expect(await kvs.getTreeobj(jobKvsKey(job.id, 'guest'))).toMatchObject({ type: 'dirref' });
  });

  test('that is there already fails the job', async () => {
    await kvs.createNamespace('job-77');
    expect((await exec.run({ ...endless, id: 77n })).answers).toEqual([exception('failed to create guest ns: File exists'), released]);
    await kvs.removeNamespace('job-77');
  });
});

describe('R', () => {
  const lite = (...ranks: unknown[]) => ({ version: 1, execution: { R_lite: ranks.map((rank) => ({ rank })) } });
  test.each([
    [null, 'job does not have allocation: No such file or directory'],
    [{ execution: {} }, 'reading R: Object item not found: version'],
    [{ version: 2 }, 'reading R: invalid version: 2'],
    [lite(5), 'reading R: R_lite: failed to read target rank list'],
    [lite('0-'), 'reading R: R_lite: failed to read target rank list'],
    [lite('0-1', '1'), 'reading R: R_lite: failed to read target rank list: File exists'],
    [{ version: 1, execution: { R_lite: [], expiration: 'x' } }, 'reading R: Expected real or integer, got string'],
  ])('%j fails the job: %s', async (R, note) => {
    const { answers, exec: log } = await exec.run({ ...endless, R });
    expect(answers).toEqual([exception(note), released]);
    expect(shown(log)).toEqual(['init', 'done']);
  });

  test('that is no JSON fails the job with the parser’s text', async () => {
    const { answers } = await exec.run({ ...endless, R: '{"version":' });
    expect(answers[0]).toMatch(/^exception .*"note":"reading R: .+"/);
  });

  test('may have whatever else in it', async () => {
    const R = { version: 1, execution: { R_lite: [{ rank: '0' }], nodelist: 5 }, scheduling: [] };
    expect((await exec.run({ R, system: { exec: { test: {} } } })).answers[0]).toBe('start {}');
  });
});

test('a malformed start request is answered by EPROTO', async () => {
  await expect(exec.instance.flux.rpc('job-exec.start', { id: 1 })).rejects.toEqual(new FluxError('EPROTO'));
});

describe('unload and reload', () => {
  test('a job that ran is taken up again with what its namespace had; the time it has run counts', async () => {
    const job = await exec.job({ system: { exec: { test: { run_duration: '100s' } } } });
    await job.answer('start');
    await new Kvs(exec.instance.flux, { namespace: job.namespace }).put('left', 'behind');
    const { modules } = exec.instance.brokers[0]!;
    await modules.remove('job-exec');
    expect((await namespaces()).map(([name]) => name)).not.toContain(job.namespace);
    expect(await kvs.getJson('job-exec.kvs-namespaces')).toEqual([
      { id: Number(job.id), owner: process.getuid!(), kvsroot: expect.stringMatching(/^sha1-/) },
    ]);
    // as when the instance restarts: a namespace's name can't be used again in the life of the KVS
    for (const name of ['kvs-watch', 'kvs']) await modules.remove(name);
    for (const name of ['kvs', 'kvs-watch', 'job-exec']) await exec.instance.load(0, name);
    await exec.started(job.id, 200);
    const again = await exec.job({ id: job.id, reattach: true, system: { exec: { test: { run_duration: '100s' } } } });
    expect(await again.rest()).toEqual(['reattached {}', 'finish {"status":0}', released]);
    expect(shown(await again.exec())).toEqual(['init', 'starting', 'reattach', 're-starting', 'complete {"status":0}', 'done']);
    expect(await kvs.getText(jobKvsKey(job.id, 'guest.left'))).toBe('behind');
  });

  test('reattach_finish ends it at once; without a saved namespace it begins with an empty one', async () => {
    const id = 900n;
    await exec.started(id, 0);
    const test_ = { run_duration: '0s', reattach_finish: 1, wait_status: 256 };
    const { answers, exec: log } = await exec.run({ id, reattach: true, system: { exec: { test: test_ } } });
    expect(answers).toEqual(['reattached {}', 'finish {"status":256}', released]);
    expect(shown(log)).toEqual(['reattach', 're-starting', 'complete {"status":256}', 'done']);
    await logLine(exec.instance.flux, 'checkpoint rootref not found: 900');
  });

  test('shells are launched again from the beginning', async () => {
    const id = 901n;
    await exec.started(id, 0);
    const { answers } = await exec.runScript('exit 2', { id, reattach: true });
    expect(answers).toEqual(['reattached {}', 'finish {"status":512}', released]);
  });
});

describe('the module', () => {
  test('introduces itself to the job manager', () => {
    expect(exec.helloed[0]).toEqual({ service: 'job-exec' });
  });

  test('is not loaded when the job manager refuses it', async () => {
    await expect(ExecInstance.start({ hello: new FluxError('EINVAL') })).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('takes its configuration; arguments come first; what is wrong fails the load', async () => {
    const config = { exec: { 'kill-timeout': '1m', 'job-shell': '/conf/shell' } };
    const made = await ExecInstance.start({ config, args: ['kill-timeout=2.5s', 'unknown=1'] });
    await logLine(made.instance.flux, 'using kill-timeout of 2.5s');
    await logLine(made.instance.flux, 'using default shell path /conf/shell');
    await made.stop();
    await expect(ExecInstance.start({ args: ['kill-timeout=soon'] })).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(ExecInstance.start({ config: { exec: { imp: 5 } } })).rejects.toMatchObject({ code: 'EINVAL' });
  });
});
