import relayCommand from '../../../cli/commands/relay';
import type { Flux } from '../../../core/handle';
import { Message, Role } from '../../../core/message';
import { spawnProcess } from '../../../core/sys/spawn';
import { type TestInstance, testInstance } from '../../../core/testing';
import { runCli } from '../../support/command';
import { fluxCommand, openRemote } from './remote';

let t: TestInstance;
let flux: Flux;
beforeAll(async () => {
  t = await testInstance({ size: 2, connectors: true });
  flux = await openRemote(t);
});
afterAll(async () => {
  flux.close();
  await t.stop();
});

interface Pong {
  route: string;
  userid: number;
  rolemask: number;
}
const hops = (pong: Pong) => pong.route.split('!').length;

test('requests take one hop more, to every rank', async () => {
  const local = await t.open();
  for (const nodeid of [0, 1]) {
    const far = await flux.rpc<Pong>('broker.ping', {}, { nodeid });
    const near = await local.rpc<Pong>('broker.ping', {}, { nodeid });
    expect(hops(far)).toBe(hops(near) + 2); // the relay and connector-local
  }
});

test('everything a client sends is the relay’s user’s, with the role the broker gives', async () => {
  const pong = await flux.rpc<Pong>('broker.ping', {}, { userid: 12345, rolemask: Role.user });
  expect(pong).toMatchObject({ userid: process.getuid!(), rolemask: Role.owner });
});

test('events come by subscription', async () => {
  const seen: string[] = [];
  const unsubscribe = await flux.subscribe('a.', (event) => seen.push(event.topic!));
  await flux.publish('b.one');
  await flux.publish('a.one');
  await t.flux.publish('a.two');
  await flux.rpc('broker.ping', {});
  expect(seen).toEqual(['a.one', 'a.two']);
  await unsubscribe();
  await flux.publish('a.three');
  await flux.rpc('broker.ping', {});
  expect(seen.length).toBe(2);
});

test('a client’s service is reached from the instance, until it goes', async () => {
  flux.serve('far.hello', {}, ({ x }) => ({ y: x }));
  const registration = await flux.register('far');
  expect(await t.flux.rpc('far.hello', { x: 1 })).toEqual({ y: 1 });
  await expect(flux.register('far')).rejects.toMatchObject({ code: 'EEXIST' });
  await registration.remove();
  await expect(t.flux.rpc('far.hello')).rejects.toMatchObject({ code: 'ENOSYS' });
});

test('a client that goes takes its service and its streams with it', async () => {
  const other = await openRemote(t);
  await other.register('gone');
  const stream = other.stream('overlay.health');
  await stream.next();
  other.close();
  // requests that it has not answered when it goes are never answered (docs/protocol/wire.md §4)
  const ask = () => t.flux.rpc('gone.x', {}, { timeout: 20 }).catch((e: Error) => e.message);
  while ((await ask()) !== 'No service matching gone.x is registered');
});

test('many requests at once are all answered, large payloads too', async () => {
  const pad = 'x'.repeat(200_000);
  const pongs = await Promise.all(
    Array.from({ length: 50 }, (_, seq) => flux.rpc<{ seq: number; pad: string }>('broker.ping', { seq, pad })),
  );
  expect(pongs.map(({ seq }) => seq)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(pongs.every((pong) => pong.pad === pad)).toBe(true);
});

describe('the command', () => {
  async function relay(path: string, input: string | Buffer): Promise<{ status: number | undefined; stdout: Buffer; stderr: string }> {
    const env = { PATH: process.env['PATH'] };
    const child = spawnProcess({ argv: ['sh', '-c', `exec ${fluxCommand} relay ${path}`], env, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout!.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr!.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin!.end(input);
    const [exit] = await Promise.all([child.exited, new Promise((resolve) => child.stderr!.once('end', resolve))]);
    child.closeStdio();
    return { status: exit.code, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
  }
  const socket = () => t.uri().replace('local://', '');

  test('welcomes, and ends silently with its input', async () => {
    expect(await relay(socket(), '')).toEqual({ status: 0, stdout: Buffer.from([0]), stderr: '' });
  });

  test('says what is wrong with a client that breaks the protocol', async () => {
    expect(await relay(socket(), 'this is not a message')).toMatchObject({
      status: 1,
      stderr: 'flux-relay: client error: Protocol error\n',
    });
  });

  test('needs a path to a socket', async () => {
    const usage = 'Usage: flux relay [OPTIONS] path\n';
    expect(await runCli(relayCommand, [])).toEqual({ status: 1, stdout: '', stderr: `flux relay: path argument is required\n${usage}` });
    expect(await runCli(relayCommand, ['/a', 'b'])).toEqual({ status: 1, stdout: '', stderr: usage });
    const env = { FLUX_LOCAL_CONNECTOR_RETRY_COUNT: '0' };
    const stderr = 'flux-relay: local:///nonexist: No such file or directory\n';
    expect(await runCli(relayCommand, ['/nonexist'], { env })).toEqual({ status: 1, stdout: '', stderr });
  });
});

test('an event without a route stack and a message without a topic are dropped', async () => {
  const seen: string[] = [];
  const unsubscribe = await flux.subscribe('c', (event) => seen.push(event.topic!));
  flux.send(Message.event('c.dropped'));
  flux.send(Message.control(1, 2));
  flux.publishUnconfirmed('c.kept');
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['c.kept']);
  await unsubscribe();
});
