import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FluxError, type ModuleContext, NO_RESPONSE, t as schema } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { write as writeModule } from './written-module';

let t: TestInstance;
let folder: string;
const logOf = (rank = 0) => t.brokers[rank]!.log.entries.map((line) => line.replace(/^(<\d+>)1 \S+ (\S+ \S+) \S+ - - /, '$1 $2 '));
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-modules-'));
  t = await testInstance({ size: 2, searchPath: folder, config: { tuned: { limit: 3 } } });
});
afterAll(async () => {
  await t.stop();
  fs.rmSync(folder, { recursive: true });
});

const write = (name: string, body: string, extra = '') => writeModule(folder, name, body, extra);
const load = (name: string, args: string[] = []) => t.flux.rpc('broker.insmod', { path: name, args });
const remove = (name: string) => t.flux.rpc('broker.rmmod', { name });
interface Listed {
  name: string;
  size: number;
  digest: string;
  idle: number;
  status: number;
  services: string[];
}
async function list(): Promise<Listed[]> {
  return (await t.flux.rpc<{ mods: Listed[] }>('broker.lsmod')).mods;
}

describe('a table of methods', () => {
  const guest = { userid: 4242, rolemask: 2 };

  test('says who may call what is served without roles of its own', async () => {
    const methods = "services: ['tabled2'], methods: { open: 'user', shut: 'owner', 'tabled2.all': 'any', debug: 'any' },";
    await load(write('tabled', "for (const one of ['open', 'shut', 'tabled2.all']) m.serve(one, () => ({ one }));", methods));
    expect(await t.flux.rpc('tabled.open', {}, guest)).toEqual({ one: 'open' });
    await expect(t.flux.rpc('tabled.shut', {}, guest)).rejects.toMatchObject({ code: 'EPERM', text: 'Request requires owner credentals' });
    expect(await t.flux.rpc('tabled.shut')).toEqual({ one: 'shut' });
    expect(await t.flux.rpc('tabled2.all', {}, { userid: 4242, rolemask: 4 })).toEqual({ one: 'tabled2.all' });
    await remove('tabled');
  });

  test('refuses a method that is not in it', async () => {
    const file = write('untabled', "m.serve('open', () => ({})); m.serve('forgotten', () => ({}));", "methods: { open: 'user' },");
    await expect(load(file)).rejects.toMatchObject({ code: 'EINVAL', text: 'untabled.forgotten is not in the table of methods' });
    expect((await list()).map(({ name }) => name)).not.toContain('untabled');
  });
});

describe('life', () => {
  test('load, list, reload and remove', async () => {
    const file = write('fresh', "m.serve('v', {}, () => ({ v: 1 }));");
    await load(file);
    expect(await t.flux.rpc('fresh.v')).toEqual({ v: 1 });
    const [before] = await list();
    expect(before).toMatchObject({ name: 'fresh', size: fs.statSync(file).size, idle: 0, status: 1, services: ['fresh'] });
    expect(before!.digest).toMatch(/^[0-9a-f]{40}$/);
    await expect(load(file)).rejects.toMatchObject({ code: 'EEXIST' });

    write('fresh', "m.serve('v', {}, () => ({ v: 2 }));");
    expect(await t.flux.rpc('fresh.v')).toEqual({ v: 1 });
    await remove('fresh');
    await expect(t.flux.rpc('fresh.v')).rejects.toMatchObject({ text: 'No service matching fresh.v is registered' });
    await load('fresh');
    expect(await t.flux.rpc('fresh.v')).toEqual({ v: 2 });
    const [after] = await list();
    expect(after!.digest).not.toBe(before!.digest);
    await remove('fresh');
    expect(await list()).toEqual([]);
    expect(logOf().slice(-5)).toEqual(
      expect.arrayContaining(['<56> 0 broker insmod fresh', '<56> 0 broker rmmod fresh', '<56> 0 broker module fresh exited']),
    );
  });

  test.each([
    ['nosuch', [], 'ENOENT'],
    ['/nosuch/file', [], 'ENOENT'],
  ])('load of %s', async (name, args, code) => {
    await expect(load(name, args)).rejects.toMatchObject({ code });
  });

  test('arguments that are no strings, missing keys, unknown modules', async () => {
    await expect(t.flux.rpc('broker.insmod', { path: 'x', args: [1] })).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
    await expect(t.flux.rpc('broker.insmod', { path: 'x' })).rejects.toMatchObject({ code: 'EPROTO' });
    await expect(remove('nosuch')).rejects.toMatchObject({ code: 'ENOENT', text: undefined });
  });

  test('a name or service that is taken refuses the load and leaves nothing', async () => {
    await expect(load(write('log', ''))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(load(write('greedy', '', "services: ['mine', 'attr'],"))).rejects.toMatchObject({ code: 'EEXIST' });
    expect(t.brokers[0]!.services.has('greedy') || t.brokers[0]!.services.has('mine')).toBe(false);
  });

  test('needs are checked', async () => {
    await expect(load(write('dependent', '', "needs: ['fresh'],"))).rejects.toMatchObject({
      code: 'ENOENT',
      text: 'dependent: module fresh is not loaded',
    });
  });

  test('requests wait while main runs', async () => {
    let go: () => void = () => {};
    const ready = new Promise<void>((resolve) => {
      go = resolve;
    });
    const loading = t.load(0, {
      name: 'slow',
      api: 1,
      async main(m) {
        await ready;
        m.serve('x', {}, () => ({ late: true }));
      },
    });
    const answer = t.flux.rpc('slow.x');
    expect((await list()).find(({ name }) => name === 'slow')).toMatchObject({ status: 0 });
    go();
    await loading;
    expect(await answer).toEqual({ late: true });
    await remove('slow');
  });

  test('m.running() ends initialisation while main goes on', async () => {
    await t.load(0, {
      name: 'eager',
      api: 1,
      async main(m) {
        m.serve('x', {}, () => ({}));
        m.running();
        await new Promise((resolve) => m.signal.addEventListener('abort', resolve));
      },
    });
    await t.flux.rpc('eager.x');
    await remove('eager');
  });

  test('a module can end itself', async () => {
    await t.load(0, { name: 'brief', api: 1, main: (m) => void m.serve('end', {}, () => m.stop()) });
    await t.flux.rpc('brief.end');
    while (t.brokers[0]!.modules.has('brief')) await new Promise((resolve) => setImmediate(resolve));
  });

  test('NAME.shutdown ends it', async () => {
    await t.load(0, { name: 'polite', api: 1, main() {} });
    t.flux.notify('polite.shutdown');
    while (t.brokers[0]!.modules.has('polite')) await new Promise((resolve) => setImmediate(resolve));
  });

  test('a removal while main hangs ends it', async () => {
    const loading = t.load(0, { name: 'stuck', api: 1, main: () => new Promise(() => {}) });
    loading.catch(() => {});
    await remove('stuck');
    await expect(loading).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('nothing of a removed module is left', async () => {
    let ticks = 0;
    const ended: string[] = [];
    let kept: ModuleContext<unknown, unknown> | undefined;
    await t.load(0, {
      name: 'tidy',
      api: 1,
      services: ['tidy2'],
      async main(m) {
        kept = m;
        m.every(1, () => void ticks++);
        m.defer(() => void ended.push('first'));
        m.defer(async () => void ended.push('second'));
        await m.subscribe('tidy.', () => void ended.push('event'));
        m.serveStream('wait', {}, async function* (_, { signal }) {
          yield { here: true };
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        });
        m.serve('keep', {}, () => NO_RESPONSE);
      },
    });
    const stream = t.flux.stream('tidy.wait');
    await stream.next();
    const before = [...t.brokers[0]!.router.ports].length;
    await remove('tidy');
    expect(kept!.signal.aborted).toBe(true);
    expect(ended).toEqual(['second', 'first']);
    await expect(stream.next()).rejects.toMatchObject({ code: 'ENOSYS' });
    await t.flux.publish('tidy.event');
    const seen = ticks;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(ticks).toBe(seen);
    expect(ended).toHaveLength(2);
    expect([...t.brokers[0]!.router.ports]).toHaveLength(before - 1);
    expect(t.brokers[0]!.services.has('tidy2')).toBe(false);
  });

  test('what a removed module had not answered is answered ENOSYS', async () => {
    await t.load(0, {
      name: 'slow-one',
      api: 1,
      main(m) {
        m.serve('promise', {}, () => new Promise(() => {}));
        m.serve('later', {}, () => NO_RESPONSE);
        m.serve('answered', {}, (_, request) => {
          request.respond({ fine: true });
          return NO_RESPONSE;
        });
      },
    });
    const waiting = ['promise', 'later'].map((method) => t.flux.rpc(`slow-one.${method}`).catch((e) => e));
    expect(await t.flux.rpc('slow-one.answered')).toEqual({ fine: true });
    await remove('slow-one');
    for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ code: 'ENOSYS', text: undefined });
  });

  test('services learn that a module which used them is gone', async () => {
    const left: string[] = [];
    await t.load(0, {
      name: 'served',
      api: 1,
      main(m) {
        m.serve('x', {}, () => ({}));
        m.serve('disconnect', { roles: ['any'] }, (_, { sender }) => void left.push(sender));
      },
    });
    await t.load(1, { name: 'user', api: 1, main: async (m) => void (await m.flux.rpc('served.x')) });
    await (await t.open(1)).rpc('broker.rmmod', { name: 'user' });
    while (left.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await remove('served');
  });
});

describe('faults', () => {
  test('a main that throws fails the load with its error, and says so', async () => {
    await expect(load(write('broken', "throw new FluxError('ENOTDIR', 'no such place');"))).rejects.toMatchObject({
      code: 'ENOTDIR',
      text: 'no such place',
    });
    expect(logOf()).toEqual(expect.arrayContaining(['<24> 0 broken no such place', '<16> 0 broken fatal error: Not a directory']));
    expect(t.brokers[0]!.services.has('broken')).toBe(false);
  });

  test('a syntax error names file and line', async () => {
    await expect(load(write('garbled', 'this is not JavaScript'))).rejects.toThrow(/garbled\.ts:4/);
  });

  test('another kind of plugin is refused, naming both', async () => {
    const file = path.join(folder, 'wrongkind.ts');
    fs.writeFileSync(
      file,
      "import { defineJobtap } from 'flux';\nexport default defineJobtap({ name: 'wrongkind', api: 1, setup() {} });\n",
    );
    await expect(load(file)).rejects.toThrow(/is a jobtap plugin, not a broker module/);
  });

  test('handlers, timers and event handlers that throw are reported under the module’s name', async () => {
    await t.load(0, {
      name: 'shaky',
      api: 1,
      async main(m) {
        m.serve('throw', {}, () => {
          throw new TypeError('oops');
        });
        m.serve('reject', {}, async () => {
          throw new FluxError('EBUSY');
        });
        m.after(0, () => {
          throw new Error('timer oops');
        });
        await m.subscribe('shaky.', async () => {
          throw new Error('event oops');
        });
      },
    });
    await expect(t.flux.rpc('shaky.throw')).rejects.toMatchObject({ code: 'EINVAL', text: 'oops' });
    await expect(t.flux.rpc('shaky.reject')).rejects.toMatchObject({ code: 'EBUSY', text: undefined });
    await t.flux.publish('shaky.event');
    await new Promise((resolve) => setTimeout(resolve, 10));
    const text = logOf().join('\n');
    for (const oops of ['oops', 'timer oops', 'event oops']) expect(text).toContain(`Error: ${oops}`);
    expect(await t.flux.rpc('shaky.ping', {})).toBeTruthy();
    await remove('shaky');
  });
});

describe('configuration and arguments', () => {
  test('are checked before main', async () => {
    const definition = {
      name: 'tuned',
      api: 1 as const,
      config: schema.object({ limit: schema.int({ max: 5 }) }),
      args: schema.object({ verbose: schema.boolean({ default: false }), n: schema.int({ default: 1 }) }),
      main(m: ModuleContext<unknown, unknown>) {
        m.serve('show', {}, () => ({ conf: m.conf, options: m.options, args: [...m.args] }));
      },
    };
    await t.load(0, definition as never, ['verbose', 'n=7']);
    expect(await t.flux.rpc('tuned.show')).toEqual({ conf: { limit: 3 }, options: { verbose: true, n: 7 }, args: ['verbose', 'n=7'] });
    await expect(t.flux.rpc('tuned.config-reload', { tuned: { limit: 9 } })).rejects.toThrow(/tuned: limit/);
    expect(await t.flux.rpc('tuned.show')).toMatchObject({ conf: { limit: 3 } });
    await t.flux.rpc('tuned.config-reload', { tuned: { limit: 4 } });
    expect(await t.flux.rpc('tuned.show')).toMatchObject({ conf: { limit: 4 } });
    await remove('tuned');
    await expect(t.load(0, definition as never, ['n=x'])).rejects.toThrow(/tuned: n/);
  });
});

describe('methods of every module', () => {
  beforeAll(() => t.load(0, { name: 'plain', api: 1, main() {} }));
  afterAll(() => remove('plain'));

  test('ping ends the route with its id', async () => {
    const { route } = await (await t.open(1)).rpc<{ route: string }>('plain.ping', { x: 1 });
    expect(route.split('!')).toHaveLength(4);
    await expect(t.flux.rpc('plain.ping')).rejects.toMatchObject({ code: 'EPROTO' });
  });

  test('stats count messages, and are cleared by request or event', async () => {
    await t.flux.rpc('plain.stats.clear');
    await t.flux.rpc('plain.ping', {});
    expect(await t.flux.rpc('plain.stats.get')).toMatchObject({ '#request (rx)': 2, '#response (tx)': 2, '#event (rx)': 0 });
    await t.flux.publish('plain.stats.clear');
    expect(await t.flux.rpc('plain.stats.get')).toMatchObject({ '#request (rx)': 1, '#event (rx)': 0 });
  });

  test('debug flags', async () => {
    const debug = (op: string, flags: number) => t.flux.rpc('plain.debug', { op, flags });
    expect(await debug('set', 5)).toEqual({ flags: 5 });
    expect(await debug('setbit', 2)).toEqual({ flags: 7 });
    expect(await debug('clrbit', 1)).toEqual({ flags: 6 });
    expect(await debug('clr', 0)).toEqual({ flags: 0 });
    await expect(debug('flip', 1)).rejects.toMatchObject({ code: 'EPROTO' });
  });

  test('rusage is what getrusage gives', async () => {
    expect(await t.flux.rpc('plain.rusage')).toMatchObject({
      utime: expect.any(Number),
      maxrss: expect.any(Number),
      nvcsw: expect.any(Number),
    });
  });

  test('others are unknown', async () => {
    await expect(t.flux.rpc('plain.nosuch')).rejects.toMatchObject({ code: 'ENOSYS', text: 'Unknown service method' });
  });

  test('guests may ping but not debug', async () => {
    const guest = { userid: 42, rolemask: 2 };
    await t.flux.rpc('plain.ping', {}, guest);
    await expect(t.flux.rpc('plain.debug', { op: 'set', flags: 1 }, guest)).rejects.toMatchObject({
      code: 'EPERM',
      text: 'Request requires owner credentals',
    });
  });
});

describe('a module in a thread of its own', () => {
  const body = `
    m.serve('where', {}, async () => ({ thread: (await import('node:worker_threads')).threadId, rank: await m.flux.rank(), args: [...m.args] }));
    m.serve('block', {}, () => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200); return {}; });
    m.serveStream('count', {}, async function* ({ n }) { for (let i = 0; i < n; i++) yield { i }; });
    m.serve('crash', {}, () => { setTimeout(() => { throw new Error('from a raw timer'); }); return {}; });
    m.serve('fail', {}, () => { throw new FluxError('EDOM', 'out of it'); });
    m.serve('hang', {}, () => new Promise(() => {}));
    await m.subscribe('threaded.', () => m.flux.publish('answer.threaded'));`;

  test('does all that others do', async () => {
    await load(write('threaded', body, 'thread: true,'), ['a=b']);
    const { thread, ...rest } = await t.flux.rpc<{ thread: number }>('threaded.where');
    expect(thread).toBeGreaterThan(0);
    expect(rest).toEqual({ rank: 0, args: ['a=b'] });
    const seen: unknown[] = [];
    for await (const response of t.flux.stream('threaded.count', { n: 2 })) seen.push(response);
    expect(seen).toEqual([{ i: 0 }, { i: 1 }]);
    await expect(t.flux.rpc('threaded.fail')).rejects.toMatchObject({ code: 'EDOM', text: 'out of it' });
    expect(await t.flux.rpc('threaded.stats.get')).toMatchObject({ '#request (rx)': 4 });
    const answers = await t.flux.events('answer.');
    await t.flux.publish('threaded.go');
    expect((await answers.next()).value.topic).toBe('answer.threaded');
    await answers.return();
    expect((await list()).find(({ name }) => name === 'threaded')).toMatchObject({ status: 1, services: ['threaded'] });
  });

  test('has the methods that every module has', async () => {
    const debug = (op: string, flags: number) => t.flux.rpc('threaded.debug', { op, flags });
    expect(await debug('setbit', 6)).toEqual({ flags: 6 });
    expect(await debug('clrbit', 2)).toEqual({ flags: 4 });
    expect(await t.flux.rpc('threaded.ping', { x: 1 })).toMatchObject({ x: 1, route: expect.stringMatching(/^\w{8}!\w{8}!\w{8}$/) });
    expect(await t.flux.rpc('threaded.rusage')).toMatchObject({ utime: expect.any(Number) });
    await t.flux.rpc('threaded.stats.clear');
    expect(await t.flux.rpc('threaded.stats.get')).toMatchObject({ '#request (rx)': 1, '#response (tx)': 1 });
    await t.flux.publish('threaded.stats.clear');
    expect(await t.flux.rpc('threaded.stats.get')).toMatchObject({ '#request (rx)': 1, '#event (rx)': 0 });
    await t.flux.rpc('threaded.config-reload', {});
    await expect(t.flux.rpc('threaded.nosuch')).rejects.toMatchObject({ code: 'ENOSYS', text: 'Unknown service method' });
  });

  test('is reloaded from what is on disk, and leaves nothing', async () => {
    const threads = () => fs.readdirSync('/proc/self/task').length;
    const file = write(
      'again',
      "m.serve('v', {}, () => ({ v: 1 })); m.serveStream('wait', {}, async function* (_, { signal }) { yield {}; await new Promise((done) => signal.addEventListener('abort', done)); });",
      'thread: true,',
    );
    const before = threads();
    await load(file);
    expect(await t.flux.rpc('again.v')).toEqual({ v: 1 });
    const stream = t.flux.stream('again.wait');
    await stream.next();
    await remove('again');
    await expect(stream.next()).rejects.toMatchObject({ code: 'ENOSYS' });
    expect(threads()).toBeLessThanOrEqual(before);
    write('again', "m.serve('v', {}, () => ({ v: 2 }));", 'thread: true,');
    await load(file);
    expect(await t.flux.rpc('again.v')).toEqual({ v: 2 });
    t.flux.notify('again.shutdown');
    while (t.brokers[0]!.modules.has('again')) await new Promise((resolve) => setImmediate(resolve));
  });

  test('blocks nobody else', async () => {
    const order: string[] = [];
    await Promise.all([
      t.flux.rpc('threaded.block').then(() => order.push('blocked')),
      t.flux.getattr('version').then(() => order.push('other')),
    ]);
    expect(order).toEqual(['other', 'blocked']);
  });

  test('that crashes is unloaded and reported', async () => {
    const waiting = t.flux.rpc('threaded.hang').catch((e) => e);
    await t.flux.rpc('threaded.crash');
    expect(await waiting).toMatchObject({ code: 'ENOSYS' });
    while (t.brokers[0]!.modules.has('threaded')) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(logOf().join('\n')).toContain('from a raw timer');
    await expect(t.flux.rpc('threaded.where')).rejects.toMatchObject({ code: 'ENOSYS' });
  });

  test('that fails to start is reported as any other', async () => {
    await expect(load(write('unstarted', "throw new FluxError('EROFS');", 'thread: true,'))).rejects.toMatchObject({ code: 'EROFS' });
    expect(t.brokers[0]!.services.has('unstarted')).toBe(false);
  });
});
