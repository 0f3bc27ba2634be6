import { defineModule, type Flux, FluxError } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';

const hello = defineModule({
  name: 'hello',
  api: 1,
  services: ['greeter'],
  async main(m) {
    m.serve('greet', { roles: ['user'] }, ({ name }, req) => ({ text: `hi ${name}`, uid: req.userid }));
    m.serve('greeter.where', {}, async () => ({ rank: await m.flux.rank() }));
    m.serve('fail', {}, () => {
      throw new FluxError('ENOENT', 'nothing here');
    });
    m.serveStream('count', {}, async function* ({ n }) {
      for (let i = 0; i < (n as number); i++) yield { i };
    });
  },
});

let t: TestInstance;
let flux: Flux;
beforeAll(async () => {
  t = await testInstance({ size: 4, modules: [hello] });
  flux = t.flux;
});
afterAll(() => t.stop());

test('a module answers requests, with text and errno of its errors', async () => {
  expect(await flux.rpc('hello.greet', { name: 'you' })).toEqual({ text: 'hi you', uid: process.getuid!() });
  await expect(flux.rpc('hello.fail')).rejects.toMatchObject({ code: 'ENOENT', text: 'nothing here' });
  await expect(flux.rpc('hello.nosuch')).rejects.toMatchObject({ code: 'ENOSYS', text: 'Unknown service method' });
  await expect(flux.rpc('nosuch.x')).rejects.toMatchObject({ code: 'ENOSYS', text: 'No service matching nosuch.x is registered' });
});

test('streams end normally', async () => {
  const seen: unknown[] = [];
  for await (const r of flux.stream('hello.count', { n: 3 })) seen.push(r);
  expect(seen).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
});

test('a rank is reached from any other', async () => {
  for (let from = 0; from < 4; from++) {
    const h = await t.open(from);
    for (let to = 0; to < 4; to++) expect(await h.rpc('greeter.where', undefined, { nodeid: to })).toEqual({ rank: to });
    await expect(h.rpc('greeter.where', undefined, { nodeid: 4 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  }
});

test('upstream requests skip the own rank', async () => {
  const h = await t.open(3);
  expect(await h.rpc('greeter.where', undefined, { nodeid: 'upstream' })).toEqual({ rank: 1 });
  await expect(flux.rpc('greeter.where', undefined, { nodeid: 'upstream' })).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
});

test('events reach all ranks in one order', async () => {
  const seen: string[][] = [[], [], [], []];
  const queues = await Promise.all([0, 1, 2, 3].map(async (rank) => (await t.open(rank)).events('test.')));
  const h3 = await t.open(3);
  for (let i = 0; i < 10; i++) (i % 2 ? h3 : flux).publishUnconfirmed(`test.${i}`, { i });
  await h3.publish('test.a');
  await flux.publish('test.end');
  for (const [rank, queue] of queues.entries()) {
    for await (const event of queue) {
      if (event.topic === 'test.end') break;
      seen[rank]!.push(`${event.sequence}:${event.topic}`);
    }
  }
  expect(seen[0]).toHaveLength(11);
  for (const other of seen) expect(other).toEqual(seen[0]);
});

test('ping shows the route', async () => {
  const h = await t.open(3);
  const { route, ...rest } = await h.rpc<{ route: string }>('broker.ping', { seq: 1 }, { nodeid: 0 });
  expect(route.split('!').slice(1)).toEqual([3, 1, 0].map((r) => t.brokers[r]!.uuid.slice(0, 8)));
  expect(rest).toEqual({ seq: 1, userid: process.getuid!(), rolemask: 1 });
});
