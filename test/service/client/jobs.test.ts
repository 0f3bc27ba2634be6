import {
  cancelJob,
  createJobspec,
  encodeJson,
  findJobs,
  JOB_FLAG,
  JobException,
  JobExecutor,
  JobInfo,
  jobCounts,
  jobResult,
  killJob,
  submitJob,
  waitForEvent,
  waitForJob,
} from '../../../core';
import { signals } from '../../../core/sys/signals';
import { type TestInstance, testInstance } from '../../../core/testing';

const environment = { PATH: '/usr/bin:/bin' };
const spec = (...command: string[]) => createJobspec({ command, environment });

describe('jobs from a program', () => {
  let t: TestInstance;
  beforeAll(async () => {
    t = await testInstance({ rc1: true });
  });
  afterAll(() => t.stop());

  test('a job is submitted, waited for, and its result is known as often as one asks', async () => {
    const id = await submitJob(t.flux, encodeJson(spec('sh', '-c', 'exit 3')), { flags: JOB_FLAG.waitable });
    expect(await waitForJob(t.flux, id)).toEqual({ id, success: false, errstr: 'task(s) exited with exit code 3' });
    for (let i = 0; i < 2; i++) {
      const outcome = await jobResult(t.flux, id);
      expect(outcome).toMatchObject({ id, waitstatus: 3 << 8, exception_occurred: false });
      expect(new JobInfo(outcome)).toMatchObject({ id, result: 'FAILED', status: 'FAILED', statusAbbreviation: 'F', returncode: 3 });
    }
  });

  test('waitForEvent gives the event, or the fatal exception that came first', async () => {
    const id = await submitJob(t.flux, encodeJson(spec('true')), { urgency: 0 });
    expect(await waitForEvent(t.flux, id, 'submit')).toMatchObject({ name: 'submit', context: { urgency: 0 } });
    const failure = waitForEvent(t.flux, id, 'start').catch((e) => e as unknown);
    await cancelJob(t.flux, id);
    expect(await failure).toBeInstanceOf(JobException);
    expect(await failure).toMatchObject({
      message: 'job.exception: type=cancel: no explanation given',
      type: 'cancel',
      severity: 0,
      note: 'no explanation given',
    });
    await expect(waitForEvent(t.flux, id, 'start', { raise: false })).rejects.toThrow("eventlog ended before event='start'");
    await expect(waitForEvent(t.flux, 1n, 'start')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('findJobs selects by filter, user and id; what an id does not find is told beside the others', async () => {
    const held = await submitJob(t.flux, encodeJson(spec('true')), { urgency: 0 });
    const done = await submitJob(t.flux, encodeJson(spec('true')));
    await waitForEvent(t.flux, done, 'clean');
    const ids = async (filter?: string) => (await findJobs(t.flux, filter === undefined ? {} : { filter })).jobs.map(({ id }) => id);
    expect(await ids('Pending')).toEqual([held]);
    expect(await ids('completed')).toContain(done);
    expect(await ids('completed')).not.toContain(held);
    expect(await ids()).toEqual(expect.arrayContaining([held, done]));
    const { jobs, errors } = await findJobs(t.flux, { ids: [done, 'f1', held] });
    expect(jobs.map(({ id, statusAbbreviation }) => [id, statusAbbreviation])).toEqual([
      [done, 'CD'],
      [held, 'PD'],
    ]);
    expect(errors).toEqual(['JobID f1 unknown']);
    expect((await findJobs(t.flux, { user: 4242 })).jobs).toEqual([]);
    await expect(findJobs(t.flux, { filter: 'pending,foo' })).rejects.toThrow('Invalid filter specified: foo');
    await expect(findJobs(t.flux, { user: 'no such user' })).rejects.toMatchObject({ code: 'EINVAL' });
    expect(await jobCounts(t.flux)).toMatchObject({ pending: 1, running: 0, active: 1 });
    await cancelJob(t.flux, held);
  });

  describe('an executor', () => {
    let executor: JobExecutor;
    beforeEach(() => {
      executor = new JobExecutor(t.flux);
    });
    afterEach(() => executor.shutdown());

    test('gives exit codes, ids before results, and events also to those who ask late', async () => {
      const future = executor.submit(spec('sh', '-c', 'exit 2'));
      const seen: string[] = [];
      future
        .onJobId((_, id) => seen.push(`id ${id}`))
        .onEvent('submit', (_, { name }) => seen.push(name))
        .onEvent('finish', (_, { name }) => seen.push(name));
      expect(await future.result()).toBe(2);
      expect(seen).toEqual([`id ${await future.jobId()}`, 'submit', 'finish']);
      future.onEvent('submit', (_, { context }) => seen.push(String(context?.['userid'])));
      expect(seen.at(-1)).toBe(String(process.getuid!()));
      expect(() => future.onEvent('nosuch' as 'submit', () => {})).toThrow('nosuch is no event of a job');
    });

    test('a job that is refused, and one with a fatal exception, fail their own futures only', async () => {
      const refused = executor.submit(spec('true'), { urgency: 99 });
      const excessive = executor.submit(createJobspec({ command: ['true'], ntasks: 100_000, environment }));
      const fine = executor.submit(encodeJson(spec('true')));
      await expect(refused.result()).rejects.toMatchObject({ code: 'EINVAL', message: 'urgency range is [0:31]' });
      await expect(refused.jobId()).rejects.toMatchObject({ code: 'EINVAL' });
      await expect(excessive.result()).rejects.toBeInstanceOf(JobException);
      expect(await excessive.jobId()).toBeGreaterThan(0n);
      expect(await fine.result()).toBe(0);
    });

    test('attaches to a job that exists', async () => {
      const id = await t.submit(['sleep', '100']);
      const future = executor.attach(id);
      await waitForEvent(t.flux, id, 'shell.start', { eventlog: 'guest.exec.eventlog' });
      await killJob(t.flux, id, signals.SIGTERM);
      expect(await future.result()).toBe(128 + 15);
      expect(await future.jobId()).toBe(id);
      await expect(executor.attach('f1').result()).rejects.toThrow('job ID does not match any job');
      expect(() => executor.attach('0x')).toThrow();
    });

    test('a future can be canceled until its job has gone out; after shutdown there are no new ones', async () => {
      const future = executor.submit(spec('true'));
      expect(future.cancel()).toBe(true);
      await expect(future.result()).rejects.toMatchObject({ code: 'ECANCELED' });
      const sent = executor.submit(spec('true'));
      await sent.jobId();
      expect(sent.cancel()).toBe(false);
      const late = executor.submit(spec('true'));
      await executor.shutdown({ cancelFutures: true });
      expect(await sent.result()).toBe(0);
      await expect(late.result()).rejects.toMatchObject({ code: 'ECANCELED' });
      expect(() => executor.submit(spec('true'))).toThrow('cannot schedule new futures after shutdown');
    });
  });
});
