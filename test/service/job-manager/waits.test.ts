import { FluxError, jobIdFromJson } from '../../../core';
import { FakeSched } from './fake-sched';
import { JobInstance } from './job-instance';

const ANY = (1n << 64n) - 1n;

describe('waiting for jobs', () => {
  let jobs: JobInstance;
  beforeEach(async () => {
    jobs = await JobInstance.start();
  });
  afterEach(() => jobs.stop());

  const wait = (id: bigint, flux = jobs.flux) => flux.rpc<{ id: unknown; success: boolean; errstr: string }>('job-manager.wait', { id });
  const running = () => jobs.submit({ command: ['sleep', '60'], flags: 4 });
  const text = (e: unknown) => (e instanceof FluxError ? [e.code, e.message] : e);

  test('is answered once, before or after the job has ended', async () => {
    const first = await jobs.submit({ flags: 4, command: ['256'] });
    await jobs.event(first, 'clean');
    expect(await wait(first)).toMatchObject({ success: false, errstr: 'task(s) exited with exit code 1' });
    expect(text(await wait(first).catch((e) => e))).toEqual(['ECHILD', 'invalid job id, or job may be inactive and not waitable']);
    const second = await running();
    await jobs.event(second, 'start');
    const waiting = wait(second);
    await jobs.flux.rpc('job-manager.raise', { id: second, type: 'cancel', severity: 0, note: 'enough' });
    expect(await waiting).toMatchObject({ success: false, errstr: 'Fatal exception type=cancel enough' });
  });

  test('for any job takes them as they end, and not more than there are', async () => {
    const [a, b] = [await running(), await running()];
    await jobs.event(b, 'start');
    const waiting = [wait(ANY), wait(ANY)];
    expect(text(await wait(ANY).catch((e) => e))).toEqual(['ECHILD', 'there are no more waitable jobs']);
    jobs.exec.finish(b, 0);
    jobs.exec.finish(a, 0);
    expect((await Promise.all(waiting)).map(({ id }) => jobIdFromJson(id))).toEqual([b, a]);
    expect(text(await wait(ANY).catch((e) => e))).toEqual(['ECHILD', 'there are no more waitable jobs']);
  });

  test('for one job goes before waiting for any', async () => {
    const [a, b] = [await running(), await running()];
    await jobs.event(b, 'start');
    const any = wait(ANY);
    const one = wait(a);
    expect(text(await wait(a).catch((e) => e))).toEqual(['ECHILD', 'job id already has a waiter']);
    jobs.exec.finish(a, 0);
    jobs.exec.finish(b, 0);
    expect(jobIdFromJson((await one).id)).toBe(a);
    expect(jobIdFromJson((await any).id)).toBe(b);
  });

  test('ends with the client that waits', async () => {
    const id = await running();
    await jobs.event(id, 'start');
    const client = await jobs.instance.open();
    wait(id, client).catch(() => {});
    await jobs.settled();
    client.close();
    await jobs.settled();
    const waiting = wait(id);
    jobs.exec.finish(id, 0);
    expect((await waiting).success).toBe(true);
  });

  test('is refused for jobs that can not be waited for', async () => {
    const id = await jobs.submit({ urgency: 0 });
    expect(text(await wait(id).catch((e) => e))).toEqual(['ECHILD', 'job was not submitted with FLUX_JOB_WAITABLE']);
  });

  test('drain, idle, wait and journals learn of the unload', async () => {
    const id = await running();
    await jobs.event(id, 'start');
    const ended = [wait(id), jobs.flux.rpc('job-manager.drain'), jobs.flux.rpc('job-manager.idle')];
    const journal = (async () => {
      let events = 0;
      for await (const _ of jobs.flux.stream('job-manager.events-journal', {})) events++;
      return events;
    })();
    await jobs.settled();
    await jobs.instance.brokers[0]!.modules.remove('job-manager');
    for (const waiting of ended) expect(text(await waiting.catch((e) => e))).toEqual(['ENOSYS', 'job-manager is unloading']);
    expect(await journal).toBe(1);
  });
});

describe('idle', () => {
  let jobs: JobInstance;
  let sched: FakeSched;
  beforeEach(async () => {
    jobs = await JobInstance.start({ services: false });
    sched = await FakeSched.start(await jobs.instance.open());
    await sched.hello();
    await sched.ready();
  });
  afterEach(() => jobs.stop());

  const idle = async () => (await jobs.flux.rpc<{ pending: number }>('job-manager.idle')).pending;

  /** A job whose alloc request is with the scheduler. */
  async function requested(): Promise<bigint> {
    const id = await jobs.submit();
    while (!sched.allocs.has(id)) await jobs.settled();
    return id;
  }

  test('is not while a job gets the resources it has asked for', async () => {
    const id = await requested();
    const answered: number[] = [];
    const waiting = idle().then((pending) => answered.push(pending));
    sched.respond(id, 0);
    await jobs.event(id, 'alloc');
    await jobs.settled();
    expect(answered).toEqual([]);
    await jobs.flux.rpc('job-manager.raise', { id, type: 'cancel', severity: 0 });
    while (!sched.frees.has(id)) await jobs.settled();
    sched.free(id);
    await waiting;
    expect(answered).toEqual([0]);
  });

  test('does not count a job as pending that is denied its resources', async () => {
    const id = await requested();
    const waiting = idle();
    sched.respond(id, 2, { note: 'no' });
    expect(await waiting).toBe(0);
  });

  test('is when the scheduler has given its requests back, whose jobs are pending', async () => {
    const id = await requested();
    const waiting = idle();
    await jobs.flux.rpc('job-manager.alloc-admin', { query_only: false, enable: false });
    while (!sched.log.includes(`sched.cancel ${id}`)) await jobs.settled();
    sched.respond(id, 3);
    expect(await waiting).toBe(1);
  });
});

describe('the journal', () => {
  let jobs: JobInstance;
  beforeAll(async () => {
    jobs = await JobInstance.start({ config: { 'job-manager': { events_maxlen: 4 } } });
  });
  afterAll(() => jobs.stop());

  interface Record {
    id: unknown;
    eventlog_seq: number;
    entry: { name: string };
  }

  async function read(flux: JobInstance['flux'], filter: object, until: string): Promise<string[][]> {
    const responses: string[][] = [];
    const stream = flux.stream<{ events: Record[] }>('job-manager.events-journal', filter);
    for await (const { events } of stream) {
      responses.push(events.map((event) => `${event.eventlog_seq} ${event.entry.name}`));
      if (events.some((event) => event.entry.name === until)) break;
    }
    return responses;
  }

  test('begins with the last events, in one response', async () => {
    const id = await jobs.submit();
    await jobs.event(id, 'clean');
    const [history] = await read(await jobs.instance.open(), {}, 'clean');
    expect(history).toEqual(['5 finish', '6 release', '7 free', '8 clean']);
  });

  test('remembers nothing where its length is 0', async () => {
    const forgetful = await JobInstance.start({ config: { 'job-manager': { events_maxlen: 0 } } });
    try {
      await forgetful.submit({ urgency: 0 });
      await forgetful.settled();
      const journal = read(await forgetful.instance.open(), {}, 'submit');
      await forgetful.settled();
      await forgetful.submit();
      expect(await journal).toEqual([['0 submit']]);
    } finally {
      await forgetful.stop();
    }
  });

  test('goes on with events as they are posted, as the filter says', async () => {
    const flux = await jobs.instance.open();
    const following = read(flux, { allow: { annotations: 1, alloc: 1, start: 1, finish: 1 }, deny: { finish: 1 } }, 'start');
    await jobs.settled();
    await jobs.submit();
    expect(await following).toEqual([['-1 annotations'], ['3 alloc'], ['4 start']]);
  });

  test('allows nothing where the filter is empty, and is cancelled by matchtag', async () => {
    const flux = await jobs.instance.open();
    const stream = flux.stream('job-manager.events-journal', { allow: {} });
    flux.notify('job-manager.events-journal-cancel', { matchtag: stream.matchtag });
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    expect(await jobs.flux.rpc('job-manager.stats.get')).toEqual({ journal: { listeners: expect.any(Number) } });
  });

  test.each([
    [{ allow: [] }, 'job-manager.events allow should be an object'],
    [{ deny: 5 }, 'job-manager.events deny should be an object'],
  ])('refuses %j', async (filter, text) => {
    await expect(jobs.flux.stream('job-manager.events-journal', filter).next()).rejects.toThrow(text);
  });
});

describe('state changes and exceptions', () => {
  test('are published after they are written', async () => {
    const jobs = await JobInstance.start();
    try {
      const states: unknown[] = [];
      const exceptions: unknown[] = [];
      await jobs.flux.subscribe('job-state', (event) => states.push(...(event.json()['transitions'] as unknown[][])));
      await jobs.flux.subscribe('job-exception', (event) => exceptions.push([event.json(), event.isPrivate]));
      const id = await jobs.submit({ command: ['sleep', '60'] });
      await jobs.event(id, 'start');
      await jobs.flux.rpc('job-manager.raise', { id, type: 'foo', severity: 3 });
      await jobs.flux.rpc('job-manager.raise', { id, type: 'cancel', severity: 0 });
      await jobs.event(id, 'clean');
      await jobs.settled();
      const ofJob = (states as [unknown, string, number][]).filter(([job]) => jobIdFromJson(job) === id);
      expect(ofJob.map(([, state]) => state)).toEqual(['DEPEND', 'PRIORITY', 'SCHED', 'RUN', 'CLEANUP', 'INACTIVE']);
      expect(exceptions).toEqual([
        [{ id: Number(id), type: 'foo', severity: 3 }, true],
        [{ id: Number(id), type: 'cancel', severity: 0 }, true],
      ]);
    } finally {
      await jobs.stop();
    }
  });
});
