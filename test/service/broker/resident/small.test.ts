import { type Message, Role } from '../../../../core/message';
import { type TestInstance, testInstance } from '../../../../core/testing';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 4 });
});
afterAll(() => t.stop());
const rpc = (topic: string, payload?: object, nodeid = 0) => t.flux.rpc(topic, payload, { nodeid });

describe('event.pub', () => {
  const pub = (payload: object) => t.flux.rpc<{ seq: number }>('event.pub', payload);

  test('numbers events, carries payloads in base64, and answers when local subscribers have them', async () => {
    const seen: [string, number, string][] = [];
    const unsubscribe = await t.flux.subscribe('e.', (event) => seen.push([event.topic!, event.sequence, event.bytes.toString()]));
    const { seq } = await pub({ topic: 'e.none', flags: 0 });
    await pub({ topic: 'e.empty', flags: 0, payload: '' });
    await pub({ topic: 'e.json', flags: 0, payload: Buffer.from('{"a":1}\0').toString('base64') });
    expect(await pub({ topic: 'e.raw', flags: 0, payload: Buffer.from('raw').toString('base64') })).toEqual({ seq: seq + 3 });
    expect(seen).toEqual([
      ['e.none', seq, ''],
      ['e.empty', seq + 1, ''],
      ['e.json', seq + 2, '{"a":1}\0'],
      ['e.raw', seq + 3, 'raw'],
    ]);
    await unsubscribe();
  });

  test.each([
    ['other flags', { topic: 'x', flags: 1 }],
    ['more flags', { topic: 'x', flags: 33 }],
    ['bad base64', { topic: 'x', flags: 0, payload: '*' }],
    ['base64 without padding', { topic: 'x', flags: 0, payload: 'YQ' }],
    ['no topic', { flags: 0 }],
  ])('refuses %s: EPROTO', async (_, payload) => {
    await expect(pub(payload)).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
  });

  test('keeps who published it, whoever hears it', async () => {
    const heard = new Promise<Message>((resolve) => {
      t.flux.tap = (message) => {
        if (message.isEvent) resolve(message);
        return false;
      };
    });
    const unsubscribe = await t.flux.subscribe('by.', () => {});
    await t.flux.rpc('event.pub', { topic: 'by.guest', flags: 32 }, { userid: 4242, rolemask: Role.user });
    expect(await heard).toMatchObject({ userid: 4242, rolemask: Role.user, isPrivate: true, routes: undefined });
    t.flux.tap = () => false;
    await unsubscribe();
  });

  test('is rank 0’s only', async () => {
    await expect(rpc('event.pub', { topic: 'x', flags: 0 }, 1)).rejects.toMatchObject({
      code: 'ENOSYS',
      text: 'No service matching event.pub is registered',
    });
    expect(await (await t.open(3)).publish('from.3')).toBeGreaterThan(0);
  });
});

describe('broker', () => {
  test('ping gives the object back with route and credentials, which it overwrites', async () => {
    const flux = await t.open(3);
    const ping = { seq: 7, pad: 'xx', route: 'mine', userid: 'mine', deep: { f: 2.5, n: [null, true] } };
    const { route, ...rest } = await flux.rpc<{ route: string }>('broker.ping', ping, { nodeid: 3 });
    expect(rest).toEqual({ seq: 7, pad: 'xx', deep: { f: 2.5, n: [null, true] }, userid: process.getuid!(), rolemask: 1 });
    expect(route.split('!').map((id) => id.length)).toEqual([8, 8]);
    expect(await flux.rpc('broker.ping', {}, { userid: 4242, rolemask: 2 })).toMatchObject({ userid: 4242, rolemask: 2 });
    await expect(flux.rpc('broker.ping')).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
    flux.close();
  });

  test('rusage is what getrusage gives, with the times as reals', async () => {
    const response = await t.flux.rpcMessage('broker.rusage');
    const usage = response.payload!.exactJson();
    expect(Object.keys(usage)).toEqual(
      'utime stime maxrss ixrss idrss isrss minflt majflt nswap inblock oublock msgsnd msgrcv nsignals nvcsw nivcsw'.split(' '),
    );
    expect(response.payload!.bytes.toString()).toMatch(/^\{"utime":\d+\.\d+(e-\d+)?,"stime":\d+\.\d+(e-\d+)?,"maxrss":\d+,/);
    expect(Number(usage['maxrss'])).toBeGreaterThan(1000);
  });

  test('sub and unsub are counted by topic, prefixes of topics, and an unknown unsub is fine', async () => {
    const flux = await t.open();
    const seen: string[] = [];
    flux.tap = (message) => message.isEvent && seen.push(message.topic!) > 0;
    for (const topic of ['s.a', 's.a', 's.b']) await flux.rpc('broker.sub', { topic });
    await flux.rpc('broker.unsub', { topic: 's.a' });
    await flux.rpc('broker.unsub', { topic: 's.never' });
    for (const topic of ['s.a', 's.ab', 's.b', 's.c']) await t.flux.publish(topic);
    await flux.rpc('broker.unsub', { topic: 's.a' });
    for (const topic of ['s.a', 's.b']) await t.flux.publish(topic);
    await flux.rpc('broker.ping', {});
    expect(seen).toEqual(['s.a', 's.ab', 's.b', 's.b']);
    flux.close();
  });

  test('sub from what is no module of this broker is ENOENT', async () => {
    for (const topic of ['broker.sub', 'broker.unsub', 'service.add']) {
      const payload = topic === 'service.add' ? { service: 'x' } : { topic: 'x' };
      await expect(rpc(topic, payload, 1)).rejects.toMatchObject({ code: 'ENOENT', text: undefined });
    }
  });

  test('heap tracing needs a profiler that this broker has not', async () => {
    for (const topic of ['heaptrace.start', 'heaptrace.dump'])
      await expect(t.flux.rpc(topic, {})).rejects.toMatchObject({ code: 'EPROTO' });
    for (const topic of ['heaptrace.start', 'heaptrace.dump', 'heaptrace.stop'])
      await expect(rpc(topic, { filename: 'x', reason: 'x' })).rejects.toMatchObject({ code: 'ENOSYS' });
  });

  test.each([
    'module.list',
    'config.get',
    'config.load',
    'state-machine.get',
    'state-machine.wait',
    'broker.stats.get',
    'broker.exec',
    'overlay.monitor',
    'overlay.hello',
    'shutdown.start',
  ])('%s is of another version', async (topic) => {
    await expect(rpc(topic, {})).rejects.toMatchObject({
      code: 'ENOSYS',
      text: expect.stringMatching(/^(Unknown service method|No service matching .* is registered)$/),
    });
  });
});

describe('services', () => {
  test('names of the broker’s own, and of other owners, are taken', async () => {
    const one = await t.open();
    const other = await t.open();
    const resident = 'broker log content attr heaptrace service overlay config runat state-machine groups event'.split(' ');
    for (const service of resident.filter((name) => name !== 'content'))
      await expect(one.register(service)).rejects.toMatchObject({ code: 'EEXIST', text: undefined });
    await one.register('svc');
    await expect(other.register('svc')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(other.rpc('service.remove', { service: 'svc' })).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(other.rpc('service.remove', { service: 'nosuch' })).rejects.toMatchObject({ code: 'ENOENT' });
    for (const service of ['a.b', '']) await expect(one.register(service)).rejects.toMatchObject({ code: 'EINVAL' });
    one.close();
    await other.rpc('broker.ping', {});
    await other.register('svc');
    other.close();
  });

  test('an unknown one is refused with its topic, cut to 63 characters', async () => {
    const topic = `nosuch.${'x'.repeat(100)}`;
    await expect(rpc(topic)).rejects.toMatchObject({
      code: 'ENOSYS',
      text: `No service matching ${topic} is registered`.slice(0, 63),
    });
  });
});

describe('overlay', () => {
  interface Node {
    rank: number;
    size: number;
    children: Node[];
  }

  test('topology is that of a child or of the broker itself', async () => {
    const leaf = { rank: 3, size: 1, children: [] };
    const tree = {
      rank: 0,
      size: 4,
      children: [
        { rank: 1, size: 2, children: [leaf] },
        { rank: 2, size: 1, children: [] },
      ],
    };
    expect(await rpc('overlay.topology', { rank: 0 })).toEqual(tree);
    expect(await rpc('overlay.topology', { rank: 1 })).toEqual(tree.children[0] as Node);
    expect(await rpc('overlay.topology', { rank: 3 }, 3)).toEqual(leaf);
    for (const rank of [3, -1, 9])
      await expect(rpc('overlay.topology', { rank })).rejects.toMatchObject({
        code: 'ENOENT',
        text: 'requested rank is not this broker or its direct child',
      });
  });

  test('stats count children and RPCs under way', async () => {
    expect(await rpc('overlay.stats.get')).toEqual({
      'child-count': 2,
      'child-connected': 2,
      'parent-count': 0,
      'parent-rpc': 0,
      'child-rpc': 0,
    });
    const waiting = t.flux.stream('overlay.health', undefined, { nodeid: 3 });
    await waiting.next();
    expect(await rpc('overlay.stats.get')).toMatchObject({ 'child-rpc': 1 });
    // it counts itself, which is on its way from the parent
    expect(await rpc('overlay.stats.get', undefined, 1)).toEqual({
      'child-count': 1,
      'child-connected': 1,
      'parent-count': 1,
      'parent-rpc': 0,
      'child-rpc': 1,
    });
    await waiting.return();
  });

  test('health is told again at each change, of a child and of the whole', async () => {
    const stream = t.flux.stream<{ status: string; children: { rank: number; status: string }[] }>('overlay.health');
    const next = async () => {
      const { status, children } = (await stream.next()).value!;
      return [status, ...children.map((child: { status: string }) => child.status)];
    };
    expect(await next()).toEqual(['full', 'full', 'full']);
    expect((await t.flux.rpcMessage('overlay.health')).payload!.bytes.toString()).toMatch(
      /^\{"rank":0,"status":"full","duration":\d+\.\d+/,
    );
    await rpc('overlay.disconnect-subtree', { rank: 2 });
    let now: string[] = [];
    while (now[0] !== 'degraded') now = await next();
    expect(now).toEqual(['degraded', 'full', 'lost']);
    await stream.return();
  });

  test('a subtree that is not there can’t be disconnected', async () => {
    await expect(rpc('overlay.disconnect-subtree', { rank: 2 })).rejects.toMatchObject({ code: 'EINVAL', text: 'rank 2 is already lost' });
    await expect(rpc('overlay.disconnect-subtree', { rank: 3 })).rejects.toMatchObject({
      code: 'ENOENT',
      text: "requested rank is not this broker's direct child",
    });
    await expect(t.flux.rpc('broker.ping', {}, { nodeid: 2 })).rejects.toMatchObject({ code: 'EHOSTUNREACH', text: undefined });
  });
});

describe('runat.push', () => {
  test.each([
    ['no commands', { name: 'cleanup', commands: [] }, 'commands array is empty'],
    ['an empty line', { name: 'cleanup', commands: ['true', ''] }, 'cannot push an empty command line'],
    ['what is no line', { name: 'cleanup', commands: [1] }, undefined],
  ])('refuses %s, and pushes nothing', async (_, payload, text) => {
    await expect(rpc('runat.push', payload)).rejects.toMatchObject({ code: 'EPROTO', text });
    expect(t.brokers[0]!.runat.has('cleanup')).toBe(false);
  });
});

test('state-machine.monitor tells the state, and each later one', async () => {
  const { states } = t.brokers[0]!;
  expect(await rpc('state-machine.monitor')).toEqual({ state: 0 });
  const stream = t.flux.stream<{ state: number }>('state-machine.monitor');
  const next = async () => (await stream.next()).value!.state;
  expect(await next()).toBe(0);
  for (const event of ['start', 'parent-none', 'rc1-none', 'quorum-full', 'rc2-success', 'cleanup-none']) states.post(event);
  expect([await next(), await next(), await next(), await next(), await next(), await next()]).toEqual([1, 2, 3, 4, 5, 6]);
  await stream.return();
});
