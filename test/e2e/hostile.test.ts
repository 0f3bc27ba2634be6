import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Flux, Message } from '../../core';
import { processGone } from '../../core/sys/pidfd';
import { signals } from '../../core/sys/signals';
import { type Child, spawnProcess } from '../../core/sys/spawn';
import { frameMessage } from '../../core/transport';
import { scratchEnv } from '../support/scratch';

const root = path.resolve(__dirname, '../../..');
const env = { PATH: process.env['PATH'], HOME: os.tmpdir(), LANG: 'C.UTF-8', SHELL: '/bin/bash' };
let instance: Child;
let uri: string;
let flux: Flux;

/** An instance of two brokers through ./flux; it ends with its initial program, when that reads the end of its input. */
beforeAll(async () => {
  const argv = [path.join(root, 'flux'), 'start', '-s2', 'echo $FLUX_URI; cat'];
  instance = spawnProcess({ argv, env: { ...env, ...scratchEnv() }, cwd: os.tmpdir(), stdio: ['pipe', 'pipe', 'inherit'] });
  uri = await firstLine(instance);
  flux = await Flux.open(uri, { env: {} });
});
afterAll(async () => {
  flux.close();
  instance.stdin!.end();
  instance.stdout!.resume();
  expect(await instance.exited).toMatchObject({ code: 0 });
});

async function firstLine(child: Child): Promise<string> {
  const lines = createInterface({ input: child.stdout! });
  const [line] = (await once(lines, 'line')) as [string];
  lines.close();
  child.stdout!.resume();
  return line;
}

/** A connection whose handshake is done. */
async function connection(): Promise<net.Socket> {
  const socket = net.connect(uri.replace('local://', ''));
  socket.on('error', () => {}); // resets are what we are here for
  expect([...((await once(socket, 'data')) as [Buffer])[0]]).toEqual([0]);
  return socket;
}

const header = (length: number) => {
  const bytes = Buffer.from([0x12, 0, 0xee, 0xff, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 4);
  return bytes;
};
const request = frameMessage(Message.request('attr.get', { name: 'size' }, { matchtag: 1 }).enableRoutes());

/** Others are served, and a job runs. */
async function servesOthers(): Promise<void> {
  expect(await flux.rpc('broker.ping', { seq: 1 }, { nodeid: 1 })).toMatchObject({ seq: 1 });
  const other = await Flux.open(uri, { env: {} });
  expect(await other.getattr('size')).toBe('2');
  other.close();
}
afterEach(servesOthers);

describe('on its socket the broker is sent', () => {
  test.each<[string, Buffer]>([
    ['what another protocol says', Buffer.from('GET / HTTP/1.1\r\nHost: flux\r\n\r\n')],
    ['random bytes', Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 2654435761) >>> 24))],
    ['an empty message', header(0)],
    ['a message that ends inside a frame', Buffer.concat([header(2), Buffer.from([200, 1])])],
    ['a message without a PROTO block', Buffer.concat([header(3), Buffer.from([2, 65, 66])])],
    ['a good request and then garbage', Buffer.concat([request, Buffer.from('garbage behind it')])],
  ])('%s, and ends that connection', async (_, bytes) => {
    const socket = await connection();
    socket.resume();
    const closed = once(socket, 'close');
    socket.write(bytes);
    await closed;
  });

  test.each<[string, Buffer]>([
    ['half a header', request.subarray(0, 5)],
    ['half a message', request.subarray(0, request.length - 4)],
    ['the largest length there is, and little behind it', Buffer.concat([header(0xffffffff), Buffer.alloc(65_536)])],
  ])('%s, and waits until the client goes', async (_, bytes) => {
    const socket = await connection();
    await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
    await servesOthers();
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  });

  test('10 MB of what is no JSON, which is EPROTO for its sender alone', async () => {
    const other = await Flux.open(uri, { env: {} });
    const [mine, others] = await Promise.allSettled([
      other.rpc('attr.get', Buffer.alloc(10 * 1024 * 1024, 0x7b)),
      flux.rpc('broker.ping', { seq: 2 }),
    ]);
    expect(mine).toMatchObject({ status: 'rejected', reason: { code: 'EPROTO', text: undefined } });
    expect(others).toMatchObject({ status: 'fulfilled' });
    other.close();
  });
});

/** What a client process does before it is killed: a stream, a subscription, a service, remote processes, requests that wait. */
const busyClient = `
  const { Flux } = require(${JSON.stringify(path.join(root, 'build/core/index.js'))});
  const { RemoteProcess } = require(${JSON.stringify(path.join(root, 'build/core/subprocess'))});
  (async () => {
    const flux = await Flux.open(process.env.FLUX_URI);
    await flux.subscribe('', () => {});
    await flux.register('doomed');
    flux.serve('doomed.wait', {}, () => new Promise(() => {}));
    flux.stream('log.dmesg', { follow: true });
    flux.stream('log.dmesg', { follow: true }, { nodeid: 1 });
    flux.stream('groups.get', { name: 'broker.online' });
    flux.stream('kvs-watch.lookup', { namespace: 'primary', key: '.', flags: 0x200 });
    flux.rpc('barrier.enter', { name: 'never', nprocs: 9 }).catch(() => {});
    flux.rpc('groups.join', { name: 'doomed' });
    const pids = await Promise.all([0, 1].map((rank) => new Promise((resolve) => {
      new RemoteProcess(flux, rank, { argv: ['sleep', '600'], cwd: '/' }, { onRunning: (p) => resolve(p.pid) });
    })));
    await flux.publish('doomed.event');
    console.log(JSON.stringify(pids));
  })();`;

test('a client that is killed in the middle of everything leaves nothing behind', async () => {
  const client = spawnProcess({
    argv: [process.execPath, '-e', busyClient],
    env: { ...env, ...scratchEnv(), FLUX_URI: uri },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const processes = (JSON.parse(await firstLine(client)) as number[]).map((pid) => processGone(pid));
  const asked = flux.rpc('doomed.wait', {}, { timeout: 60_000 }).catch((e) => e);
  const removed = await flux.events('barrier.exit');

  client.kill(signals.SIGKILL);
  await client.exited;

  await Promise.all(processes);
  expect((await removed.next()).value.json()).toMatchObject({ name: 'never', errnum: 103 });
  await removed.return();
  for (;;) {
    const e = await flux.rpc('doomed.nothing').catch((error) => error);
    if (e.text === 'No service matching doomed.nothing is registered') break;
  }
  expect(await flux.rpc('overlay.stats.get')).toMatchObject({ 'child-rpc': 0 });
  for (const rank of [0, 1]) {
    const { procs } = await flux.rpc<{ procs: object[] }>('broker.rexec.processes', undefined, { nodeid: rank });
    expect(procs).toEqual([]);
  }
  expect(await flux.rpc('kvs-watch.stats.get')).toMatchObject({ watchers: 0 });
  for (;;) {
    const { members } = await flux.rpc<{ members: string }>('groups.get', { name: 'doomed' });
    if (members === '') break;
  }
  // a request that its service had not answered gets no response: the asker gives up by itself
  flux.close();
  expect(await asked).toMatchObject({ code: 'ECONNRESET' });
  flux = await Flux.open(uri, { env: {} });
});
