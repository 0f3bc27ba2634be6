import { FluxError } from '../../../core';
import { shown } from '../../support/jobs';
import { logLine } from '../../support/log-lines';
import { ExecInstance, type ExecJob, released } from './exec-instance';

let exec: ExecInstance;
beforeAll(async () => {
  exec = await ExecInstance.start();
});
afterAll(() => exec.stop());

const mock = (test: object, system: object = {}) => ({ system: { ...system, exec: { test } } as never });

describe('a mock job (attributes.system.exec.test)', () => {
  test('starts, runs for its duration, and ends with its status', async () => {
    const { answers, exec: log } = await exec.run(mock({ run_duration: '0.01s', wait_status: 768 }));
    expect(answers).toEqual(['start {}', 'finish {"status":768}', released]);
    expect(shown(log)).toEqual(['init', 'starting', 'complete {"status":768}', 'done']);
  });

  test('takes the job’s duration where it has none of its own, and hardly any where there is neither', async () => {
    expect((await exec.run(mock({}, { duration: 0.01 }))).answers).toEqual(['start {}', 'finish {"status":0}', released]);
    expect((await exec.run(mock({}))).answers).toEqual(['start {}', 'finish {"status":0}', released]);
  });

  test('runs until it is killed if its duration is 0; the status is the signal', async () => {
    const job = await exec.job(mock({ run_duration: '0s' }));
    await job.answer('start');
    await exec.raise(job.id);
    expect(await job.rest()).toEqual(['start {}', 'finish {"status":15}', released]);
  });

  test('runs until it is killed if its duration is longer than a timer of Node', async () => {
    const job = await exec.job(mock({}, { duration: 30 * 86400 }));
    await job.answer('start');
    for (let i = 0; i < 500; i++) await exec.instance.flux.rpc('attr.get', { name: 'size' }); // a timer that overflows is due by then
    await exec.raise(job.id);
    expect(await job.rest()).toContain('finish {"status":15}');
  });

  test('exceptions that are not fatal, or of other jobs, leave it alone', async () => {
    const job = await exec.job(mock({ run_duration: '0s' }));
    await job.answer('start');
    await exec.raise(job.id, 1);
    await exec.raise(1n);
    await exec.raise(job.id);
    expect(await job.rest()).toEqual(['start {}', 'finish {"status":15}', released]);
  });

  test('raises an exception before it begins: no start, no finish', async () => {
    const { answers, exec: log } = await exec.run(mock({ mock_exception: 'init' }));
    expect(answers).toEqual(['exception {"severity":0,"type":"exec","note":"mock initialization exception generated"}', released]);
    expect(shown(log)).toEqual(['init', 'done']);
  });

  test('raises an exception when it runs, which ends it', async () => {
    const { answers, exec: log } = await exec.run(mock({ mock_exception: 'run', run_duration: '0s' }));
    expect(answers).toEqual([
      'start {}',
      'exception {"severity":0,"type":"exec","note":"mock run exception generated"}',
      'finish {"status":15}',
      released,
    ]);
    expect(shown(log)).toEqual(['init', 'starting', 'complete {"status":15}', 'done']);
  });

  test.each([{ run_duration: 5 }, { wait_status: 'x' }, { mock_exception: 1 }, { override: 'yes' }, { reattach_finish: [] }])(
    'a key of the wrong type fails it: %j',
    async (test) => {
      const { answers, exec: log } = await exec.run(mock(test));
      expect(answers).toEqual(['exception {"severity":0,"type":"exec","note":"failed to initialize testconf"}', released]);
      expect(shown(log)).toEqual(['init', 'done']);
    },
  );

  test('a duration that is none is logged, and the default taken', async () => {
    expect((await exec.run(mock({ run_duration: 'long' }))).answers).toEqual(['start {}', 'finish {"status":0}', released]);
    await logLine(exec.instance.flux, 'Unable to parse run duration: long');
  });
});

describe('job-exec.override', () => {
  const override = (jobid: bigint, event: string, status?: number) =>
    exec.instance.flux.rpc('job-exec.override', { jobid, event, ...(status === undefined ? {} : { status }) });

  test('starts and finishes a job that waits for it', async () => {
    const job = await waiting({ run_duration: '0s' });
    await expect(override(job.id, 'finish')).rejects.toEqual(new FluxError('EINVAL', 'Job not running'));
    await override(job.id, 'start');
    await expect(override(job.id, 'start')).rejects.toEqual(new FluxError('EINVAL', 'Job already running'));
    await expect(override(job.id, 'stop')).rejects.toEqual(new FluxError('EINVAL', 'Invalid event'));
    await override(job.id, 'finish', 512);
    expect(await job.rest()).toEqual(['start {}', 'finish {"status":512}', released]);
  });

  test('a started job still ends by its duration; the status of a finish is 0 by default', async () => {
    const timed = await waiting({ run_duration: '0.01s', wait_status: 9 });
    await override(timed.id, 'start');
    expect((await timed.rest())[1]).toBe('finish {"status":9}');
    const told = await waiting({ run_duration: '0s' });
    await override(told.id, 'start');
    await override(told.id, 'finish');
    expect((await told.rest())[1]).toBe('finish {"status":0}');
  });

  test('a job that waits for its start is ended by an exception', async () => {
    const job = await waiting({});
    await expect(override(job.id, 'finish')).rejects.toMatchObject({ message: 'Job not running' });
    await exec.raise(job.id);
    expect(await job.rest()).toEqual(['finish {"status":15}', released]);
  });

  test('refuses what is no such job, malformed, of another user, or not in override mode', async () => {
    await expect(override(1n, 'start')).rejects.toEqual(new FluxError('ENOENT', 'Job not found'));
    await expect(exec.instance.flux.rpc('job-exec.override', { jobid: 1 })).rejects.toMatchObject({ code: 'EPROTO' });
    const plain = await exec.job(mock({ run_duration: '0s' }));
    await plain.answer('start');
    await expect(override(plain.id, 'finish')).rejects.toEqual(new FluxError('EINVAL', 'Job not in exec override mode'));
    const payload = { jobid: plain.id, event: 'finish' };
    const guest = { userid: process.getuid!() + 1, rolemask: 2 };
    await expect(exec.instance.flux.rpc('job-exec.override', payload, guest)).rejects.toEqual(new FluxError('EPERM', 'Permission denied'));
    await exec.raise(plain.id);
    await plain.rest();
  });

  /** A job that waits for what the test does with it. */
  async function waiting(test: object): Promise<ExecJob> {
    const job = await exec.job(mock({ override: 1, ...test }));
    await job.said('"starting"');
    return job;
  }
});
