import { Flux, NO_RESPONSE } from '../../../core';
import { RemoteProcess } from '../../../core/subprocess';
import { type TestInstance, testInstance } from '../../../core/testing';

const CLIENTS = 100;
let t: TestInstance;
let keeperGone = 0;

beforeAll(async () => {
  t = await testInstance({ size: 2, connectors: true });
  for (const rank of [0, 1]) {
    await t.load(rank, {
      name: 'keeper',
      api: 1,
      main(m) {
        m.serve('keep', {}, () => NO_RESPONSE);
        m.serve('promise', {}, () => new Promise(() => {}));
        m.serveStream('stream', {}, async function* (_, { signal }) {
          yield {};
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
        });
        m.serve('disconnect', { roles: ['any'] }, () => {
          keeperGone++;
          return NO_RESPONSE;
        });
        m.serve('kept', {}, () => ({ kept: m.flux.dispatcher.kept }));
      },
    });
  }
});
afterAll(() => t.stop());

/** What the brokers hold for those who use them. */
async function held() {
  const each = t.brokers.map((broker) => ({
    ports: [...broker.router.ports].length,
    services: broker.services.names.length,
    rpcs: broker.router.trackedRpcs,
    resident: broker.flux.dispatcher.kept,
  }));
  const kept = await Promise.all([0, 1].map((nodeid) => t.flux.rpc('keeper.kept', undefined, { nodeid })));
  const processes = await Promise.all([0, 1].map((nodeid) => t.flux.rpc('broker.rexec.processes', undefined, { nodeid })));
  return { each, kept, processes };
}

/** A client with one of everything: streams near and far, subscriptions, a service, groups, processes, requests without an answer. */
async function busyClient(n: number): Promise<Flux> {
  const flux = await Flux.open(t.uri(n % 2), { env: {} });
  await flux.subscribe(`busy.${n}`, () => {});
  await flux.subscribe('busy.', () => {});
  await flux.register(`busy-${n}`);
  const ignored = () => {};
  for (const nodeid of [0, 1]) {
    await flux.stream('keeper.stream', undefined, { nodeid }).next();
    await flux.stream('overlay.health', undefined, { nodeid }).next();
    await flux.stream('state-machine.monitor', undefined, { nodeid }).next();
    flux.stream('log.dmesg', { follow: true }, { nodeid });
    for (const method of ['keep', 'promise']) flux.rpc(`keeper.${method}`, undefined, { nodeid }).catch(ignored);
  }
  await flux.stream('groups.get', { name: 'busy' }, { nodeid: 0 }).next();
  if (n < 4) {
    await new Promise<void>((resolve) => {
      new RemoteProcess(flux, n % 2, { argv: ['sleep', '600'], cwd: '/' }, { onRunning: () => resolve() });
    });
  }
  return flux;
}

test('clients that go leave nothing in the brokers, however much they held', async () => {
  const before = await held();
  for (let n = 0; n < CLIENTS; n++) {
    const flux = await busyClient(n);
    expect((await held()).each).not.toEqual(before.each);
    flux.close();
  }
  while (keeperGone < 2 * CLIENTS) await t.flux.rpc('broker.ping', {});
  let after = await held();
  // processes end when the kernel has ended them, and the last disconnects are on their way
  while (JSON.stringify(after) !== JSON.stringify(before)) {
    await new Promise((resolve) => setImmediate(resolve));
    after = await held();
  }
  for (const broker of t.brokers) expect([...broker.router.ports].every((port) => !port.wants('busy.1'))).toBe(true);
});

test('a handle uses its matchtags again, also those of what it gave up', async () => {
  const port = await Flux.open(t.uri(), { env: {} });
  for (let n = 0; n < 100; n++) {
    await port.rpc('broker.ping', {});
    const stream = port.stream('state-machine.monitor');
    await stream.next();
    stream.cancel();
    expect((await stream.next()).done).toBe(true);
  }
  const tags: number[] = [];
  port.tap = (message) => {
    tags.push(message.matchtag);
    return false;
  };
  await port.rpc('broker.ping', {});
  expect(tags[0]).toBeLessThanOrEqual(3);
  port.close();
});

test('a signal that outlives its RPCs and streams holds none of them', async () => {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners--;
    remove(...args);
  };
  await t.flux.rpc('broker.ping', {}, { signal });
  await t.flux.rpc('nosuch.x', {}, { signal }).catch(() => {});
  for await (const _ of t.flux.stream('state-machine.monitor', undefined, { signal })) break;
  await t.flux
    .stream('nosuch.x', undefined, { signal })
    .next()
    .catch(() => {});
  await t.flux.rpc('broker.ping', {});
  expect(listeners).toBe(0);
  controller.abort();
  await expect(t.flux.stream('state-machine.monitor', undefined, { signal }).next()).rejects.toMatchObject({ code: 'ECANCELED' });
});
