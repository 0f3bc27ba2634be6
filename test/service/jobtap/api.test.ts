import path from 'node:path';
import type { FluxError } from '../../../core';
import { JobInstance, type SubmitOptions } from '../job-manager/job-instance';

const plugin = (name: string) => path.join(__dirname, 'plugins', `${name}.js`);

describe('a plugin', () => {
  let jobs: JobInstance;
  beforeEach(async () => {
    jobs = await JobInstance.start();
  });
  afterEach(() => jobs.stop());

  const load = (name: string, conf?: object) => jobs.flux.rpc('job-manager.jobtap', { load: plugin(name), ...(conf ? { conf } : {}) });
  const loaded = async () => (await jobs.flux.rpc<{ plugins: string[] }>('job-manager.jobtap', { query_only: true })).plugins.slice(3);

  async function ended(options: SubmitOptions): Promise<string[]> {
    const id = await jobs.submit(options);
    await jobs.event(id, 'clean');
    return jobs.eventlog(id);
  }

  /** Runs a job that has `calls` do things; gives its events, and what was thrown. */
  async function doing(...steps: unknown[][]): Promise<string[]> {
    return ended({ user: { do: steps } });
  }

  const errorsOf = (events: string[]) =>
    /"errors":\[([^\]]*)\]/.exec(events.find((line) => line.startsWith('alloc'))!)?.[1]?.replace(/"/g, '') ?? '';

  describe('that can not do its work', () => {
    test('is not loaded if its setup throws, and leaves nothing behind', async () => {
      await expect(load('broken', { where: 'setup' })).rejects.toThrow('no luck');
      await expect(load('broken', { where: 'topic' })).rejects.toThrow('unknown hook job.state.running; did you mean job.state.run?');
      await expect(load('broken', { wher: 'x' })).rejects.toThrow('broken: wher');
      expect(await loaded()).toEqual([]);
      await expect(jobs.flux.rpc('job-manager.broken.hello')).rejects.toMatchObject({ code: 'ENOSYS' });
    });

    test.each(['job.state.run', 'job.new', 'job.state.inactive', 'job.priority.get', 'job.state.sched'])(
      'throws in %s without harm to the job',
      async (where) => {
        await load('broken', { where });
        expect((await ended({})).at(-1)).toBe('clean');
        expect(await loaded()).toEqual(['broken.js']);
      },
    );

    test('rejects jobs when it throws in job.validate', async () => {
      await load('broken', { where: 'job.validate' });
      await expect(jobs.submit()).rejects.toThrow('rejected by job-manager plugin');
      await jobs.flux.rpc('job-manager.jobtap', { remove: 'broken.*' });
      expect((await ended({})).at(-1)).toBe('clean');
    });

    test('may not return a promise where handlers are synchronous', async () => {
      await load('broken', { where: 'promise' });
      expect((await ended({})).at(-1)).toBe('clean');
      expect(await log()).toMatch(/broken\.js.*promise/);
    });

    test('has what its timers throw logged under its name', async () => {
      await load('broken', { where: 'timer' });
      // Messages alone would not let a timer run.
      while (!/broken\.js: timer: Error: late/.test(await log())) await new Promise((resolve) => setImmediate(resolve));
    });
  });

  test('may wait in job.validate, and jobs keep their order meanwhile', async () => {
    await load('broken', { where: 'waits' });
    const rejected = await Promise.allSettled([jobs.submit(), jobs.submit(), jobs.submit()]);
    expect(rejected.map((result) => result.status === 'rejected' && (result.reason as FluxError).message)).toEqual([
      'not today',
      'not today',
      'not today',
    ]);
    expect([...jobs.kvs.values.keys()].filter((key) => key.startsWith('job.'))).toEqual([]);
  });

  test('goes with all it has registered', async () => {
    await load('broken', { where: 'nowhere' });
    expect(await jobs.flux.rpc('job-manager.broken.hello')).toEqual({ text: 'still here' });
    await jobs.flux.rpc('job-manager.jobtap', { remove: 'broken.js' });
    await expect(jobs.flux.rpc('job-manager.broken.hello')).rejects.toMatchObject({ code: 'ENOSYS', message: 'Unknown service method' });
  });

  test('is known by .so as well, and once', async () => {
    await load('limits', { max: 5 });
    await expect(jobs.flux.rpc('job-manager.jobtap', { load: plugin('limits').replace('.js', '.so') })).rejects.toThrow(
      'limits.so already loaded',
    );
    await jobs.flux.rpc('job-manager.jobtap', { remove: 'limits.so' });
    expect(await loaded()).toEqual([]);
  });

  test('of another kind is refused', async () => {
    const module = path.join(__dirname, '../../../plugins/heartbeat/index.js');
    await expect(jobs.flux.rpc('job-manager.jobtap', { load: module })).rejects.toThrow('is a broker module, not a jobtap plugin');
  });

  test('can be asked by users, if it says so', async () => {
    await load('limits');
    const id = await jobs.submit({ command: ['sleep', '60'] });
    const guest = { userid: 42, rolemask: 2 };
    expect(await jobs.flux.rpc('job-manager.limits.query', undefined, guest)).toEqual({ counts: { [process.getuid!()]: 1 } });
    await jobs.flux.rpc('job-manager.raise', { id, type: 'cancel', severity: 0 });
    await jobs.event(id, 'clean');
    expect(await jobs.flux.rpc('job-manager.limits.query')).toEqual({ counts: { [process.getuid!()]: 0 } });
  });

  describe('in its callbacks', () => {
    beforeEach(() => load('calls'));

    test('posts events, sets flags, raises exceptions', async () => {
      const events = await doing(
        ['job.state.run', 'postEvent', 'current', 'my-event', { a: 1 }],
        ['job.state.run', 'setFlag', 'current', 'debug'],
        ['job.state.run', 'raiseException', '$ID', 'mine', 3, 'note'],
      );
      // The first of them lets the job go on: its start is asked for before the flag is set.
      expect(events.slice(4, 8)).toEqual([
        'my-event {"a":1}',
        'set-flags {"flags":["debug"]}',
        'exception {"type":"mine","severity":3,"userid":-1,"note":"note"}',
        'start',
      ]);
    });

    test('can not post to a job in NEW, nor what is illegal or malformed', async () => {
      const events = await doing(
        ['job.validate', 'postEvent', 'current', 'x'],
        ['job.new', 'postEvent', 'current', 'x'],
        ['job.new', 'setFlag', 'current', 'debug'],
        ['job.state.sched', 'postEvent', 'current', 'finish', { status: 0 }],
        ['job.state.sched', 'postEvent', 'current', 'priority', { priority: 'x' }],
        ['job.state.sched', 'postEvent', 'current', ''],
        ['job.state.sched', 'setFlag', 'current', 'waitable'],
        ['job.state.sched', 'dependencyAdd', '$ID', 'late'],
        ['job.state.sched', 'epilogStart', 'early'],
        ['job.state.sched', 'jobResult', 'current'],
        ['job.state.sched', 'reprioritize', '$ID', -1],
      );
      expect(errorsOf(events)).toBe(
        'postEvent: EINVAL,postEvent: EPROTO,postEvent: EINVAL,setFlag: EINVAL,dependencyAdd: EINVAL,epilogStart: EINVAL,jobResult: EINVAL,reprioritize: EINVAL',
      );
    });

    test('adds dependencies in NEW, which are posted in DEPEND: adds first, then removes', async () => {
      const events = await doing(
        ['job.new', 'dependencyAdd', '$ID', 'one'],
        ['job.new', 'dependencyRemove', '$ID', 'one'],
        ['job.new', 'dependencyRemove', '$ID', 'none'],
        ['job.new', 'dependencyAdd', '$ID', 'two'],
        ['job.new', 'dependencyAdd', '$ID', 'two'],
        ['job.state.depend', 'dependencyRemove', '$ID', 'two'],
      );
      expect(events.slice(1, 6)).toEqual([
        'dependency-add {"description":"one"}',
        'dependency-add {"description":"two"}',
        'dependency-remove {"description":"one"}',
        'dependency-remove {"description":"two"}',
        'depend',
      ]);
    });

    test('keeps a job from starting by a prolog, and its resources by an epilog', async () => {
      const id = await jobs.submit({
        user: {
          do: [
            ['job.state.run', 'prologStart', 'p'],
            ['job.state.cleanup', 'epilogStart', 'e'],
          ],
        },
        command: ['sleep', '60'],
      });
      await jobs.event(id, 'prolog-start');
      await jobs.settled();
      expect(jobs.exec.log).toEqual([]);
      await jobs.flux.rpc('job-manager.raise', { id, type: 'cancel', severity: 0 });
      await jobs.event(id, 'epilog-start');
      await jobs.settled();
      expect([jobs.sched.log.filter((line) => line.startsWith('sched.free')), jobs.eventlog(id).at(-1)]).toEqual([
        [],
        'epilog-start {"description":"e"}',
      ]);
    });

    test('returns priorities and annotations', async () => {
      const events = await doing(
        ['job.state.priority', 'return', { priority: 42, annotations: { a: { b: 1 } } }],
        ['job.state.sched', 'return', { annotations: { a: { b: null }, c: 2 } }],
      );
      expect(events.slice(2, 4)).toEqual([
        'priority {"priority":42}',
        'alloc {"annotations":{"c":2,"sched":{"resource_summary":"rank0/core0"}}}',
      ]);
    });

    test('leaves a job in PRIORITY while it has none for it', async () => {
      const id = await jobs.submit({ user: { do: [['job.state.priority', 'return', { priority: 'unavailable' }]] } });
      await jobs.event(id, 'depend');
      await jobs.flux.rpc('job-manager.jobtap', { remove: 'calls.js' });
      expect(jobs.eventlog(id)).toHaveLength(2);
      await load('limits');
      await jobs.event(id, 'clean');
    });

    test('is told when its priority is none', async () => {
      const id = await jobs.submit({ user: { do: [['job.state.priority', 'return', { priority: 'high' }]] } });
      await jobs.event(id, 'exception');
      expect(jobs.eventlog(id).at(-1)).toBe(
        'exception {"type":"job.state.priority","severity":4,"userid":-1,"note":"arg_unpack: Expected integer, got string (job may be stuck in PRIORITY state)"}',
      );
    });
  });

  test('that is loaded when the last one for priorities was removed moves waiting jobs on', async () => {
    await jobs.flux.rpc('job-manager.jobtap', { remove: '.priority-default' });
    const id = await jobs.submit();
    await jobs.event(id, 'depend');
    await jobs.settled();
    expect(jobs.eventlog(id)).toHaveLength(2);
    await jobs.flux.rpc('job-manager.jobtap', { load: '.priority-default' });
    await jobs.event(id, 'clean');
  });

  test.each([
    [{ scheme: 'foo', value: 'x' }, 'dependency scheme "foo" not supported'],
    [{ scheme: 'afterok', value: 'x' }, 'dependency: afterok: "x" is not a valid jobid'],
    [{ scheme: 'afterok', value: '1234' }, 'dependency: afterok: id 1234: job not found'],
    [{ scheme: 'begin-time', value: 'foo' }, 'Invalid begin-time=foo'],
    [{ scheme: 'begin-time', value: '-1' }, 'Invalid begin-time=-1'],
    [{ scheme: 'begin-time', value: 'inf' }, 'Invalid begin-time=inf'],
    [{ scheme: 'begin-time', value: '5 ' }, 'Invalid begin-time=5 '],
    [{ scheme: 'after', value: '' }, 'dependency: after: "" is not a valid jobid'],
    [{ scheme: 'after', value: '18446744073709551615' }, 'dependency: after: "18446744073709551615" is not a valid jobid'],
  ])('rejects a job for its dependency %j', async (dependency, text) => {
    await expect(jobs.submit({ system: { dependencies: [dependency] } })).rejects.toThrow(text);
    await jobs.settled();
    expect([...jobs.kvs.values.keys()].filter((key) => key.startsWith('job.'))).toEqual([]);
  });

  test.each([
    [{ scheme: 'afterok' }, 'dependency: after: Object item not found: value'],
    [{ scheme: 'after', value: 5 }, 'dependency: after: Expected string, got integer'],
    [{ scheme: 'begin-time' }, 'error processing begin-time: Object item not found: value'],
    [{ scheme: 'begin-time', value: null }, 'error processing begin-time: Expected string, got null'],
  ])('rejects a job that nobody has validated for its dependency %j', async (dependency, text) => {
    await expect(jobs.submit({ system: { dependencies: [dependency] }, flags: 8 })).rejects.toThrow(text);
  });

  test('begin-time has milliseconds in its description, however late it is', async () => {
    const id = await jobs.submit({ system: { dependencies: [{ scheme: 'begin-time', value: '1e22' }] } });
    await jobs.event(id, 'dependency-add');
    expect(jobs.eventlog(id)[1]).toBe('dependency-add {"description":"begin-time=10000000000000000000000.000"}');
  });

  test.each(['1e3', '0x10', ' 12.5', '', '+7', '.5', '0x1.8p3'])('begin-time reads %j as strtod does', async (value) => {
    const events = await ended({ system: { dependencies: [{ scheme: 'begin-time', value }] } });
    expect(events[1]).toBe(`dependency-add {"description":"begin-time=${Number({ '0x1.8p3': 12 }[value] ?? value).toFixed(3)}"}`);
  });

  async function log(): Promise<string> {
    let text = '';
    const stream = jobs.flux.stream('log.dmesg', { follow: false, nobacklog: false });
    for (let message = await stream.nextMessage(); message; message = await stream.nextMessage()) text += message.text();
    return text;
  }
});
