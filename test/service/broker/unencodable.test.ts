import { Flux, type ModuleContext, NO_RESPONSE } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { write } from './written-module';

const refused = { code: 'EINVAL', text: 'cannot encode NaN as JSON' };

/** A module that says things no message can hold. */
const body = `
  const nan = { jobs: [{ id: 1, t_remaining: Number.NaN }] };
  m.serve('once', {}, () => nan);
  m.serve('late', {}, async () => nan);
  m.serve('itself', {}, (_, request) => { request.respond(nan); return NO_RESPONSE; });
  m.serveStream('some', {}, async function* () { yield { fine: true }; yield nan; });
  m.serve('asks', {}, () => m.flux.rpc(m.name + '.fine', nan));
  m.serve('publishes', {}, () => m.flux.publish('odd', nan));
  m.serve('fine', {}, () => ({ fine: true }));`;

describe.each([
  ['in the thread of its broker', ''],
  ['in a thread of its own', 'thread: true,'],
])('a module %s that answers what no message can hold', (where, extra) => {
  let t: TestInstance;
  let socket: Flux;
  const name = extra === '' ? 'odd' : 'oddthread';
  beforeAll(async () => {
    t = await testInstance({ size: 2, connectors: true });
    await t.flux.rpc('broker.insmod', { path: write(t.rundir, name, body, extra), args: [] });
    socket = await Flux.open(t.uri(1));
  });
  afterAll(async () => {
    socket.close();
    await t.stop();
  });

  test.each(['once', 'late', 'itself', 'asks', 'publishes'])(`fails that request alone (%s, ${where})`, async (method) => {
    for (const flux of [t.flux, await t.open(1), socket]) {
      await expect(flux.rpc(`${name}.${method}`)).rejects.toMatchObject(refused);
      expect(await flux.rpc(`${name}.fine`)).toEqual({ fine: true });
    }
  });

  test('ends that stream alone', async () => {
    for (const flux of [t.flux, socket]) {
      const stream = flux.stream(`${name}.some`);
      expect((await stream.next()).value).toEqual({ fine: true });
      await expect(stream.next()).rejects.toMatchObject(refused);
      expect(await flux.rpc(`${name}.fine`)).toEqual({ fine: true });
    }
  });

  test('is loaded still, and its brokers have logged nothing of an error of theirs', async () => {
    const { mods } = await t.flux.rpc<{ mods: { name: string }[] }>('broker.lsmod');
    expect(mods.map((module) => module.name)).toContain(name);
    expect(t.brokers.flatMap(({ log }) => log.entries.filter((line) => /fatal|uncaught/.test(line)))).toEqual([]);
  });
});

test('a client that asks with what no message can hold is refused before it sends', async () => {
  const t = await testInstance({
    modules: [{ name: 'plain', api: 1, main: (m: ModuleContext) => void m.serve('keep', () => NO_RESPONSE) }],
  });
  try {
    await expect((async () => t.flux.rpc('plain.keep', { n: Number.POSITIVE_INFINITY }))()).rejects.toMatchObject({ code: 'EINVAL' });
  } finally {
    await t.stop();
  }
});
