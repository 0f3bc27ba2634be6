import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type * as Library from '../core/index';
import type * as Testing from '../core/testing';
import type { Row } from './startup.bench';

// What users get: the bundles of the installation, beside which the built tree is twice as slow.
const dist = path.resolve(__dirname, '../../dist');
const { defineModule, Flux } = require(path.join(dist, 'index.js')) as typeof Library;
const { testInstance } = require(path.join(dist, 'testing.js')) as typeof Testing;
type Flux = Library.Flux;
type TestInstance = Testing.TestInstance;

const ROUNDS = 5;
const FANOUT = 16;

const echo = defineModule({
  name: 'echo',
  api: 1,
  main: (m) => void m.serve('echo', { roles: ['any'] }, (payload) => payload),
});

/** Round trips and events, each beside the least that such a thing can cost in Node: what is dear, and what is the machine. */
export default {
  name: 'rpc',
  async run(): Promise<Row[]> {
    const t = await testInstance({ connectors: true, modules: [echo] });
    const local = await Flux.open(t.uri(), { env: {} });
    const echoServer = await socketEcho();
    try {
      return [...(await inProcess(t)), ...(await overSocket(local, echoServer)), ...(await events(t))];
    } finally {
      echoServer.close();
      local.close();
      await t.stop();
    }
  },
};

/** Sequential: one at a time, so this is latency. Pipelined: many in flight, so this is CPU. */
async function inProcess({ flux }: TestInstance): Promise<Row[]> {
  const rpc = () => flux.rpc('echo.echo', { seq: 1, text: 'hello' });
  const hop = await best(100_000, (n) => sequential(n, () => new Promise<void>((resolve) => queueMicrotask(resolve))));
  const turn = await best(20_000, (n) => sequential(n, () => new Promise<void>((resolve) => setImmediate(resolve))));
  const one = await best(20_000, (n) => sequential(n, rpc));
  const many = await best(20_000, (n) => pipelined(n, 128, rpc));
  return [
    { what: 'promise through queueMicrotask', value: hop, unit: 'µs' },
    { what: 'promise through setImmediate', value: turn, unit: 'µs' },
    {
      what: 'RPC in-process, sequential',
      value: one,
      unit: 'µs',
      note: `${(one / hop).toFixed(1)} × microtask, ${(one / turn).toFixed(1)} × setImmediate`,
    },
    { what: 'RPC in-process, 128 in flight', value: many, unit: 'µs', note: `${(many / hop).toFixed(1)} × microtask` },
  ];
}

async function overSocket(flux: Flux, server: EchoServer): Promise<Row[]> {
  const rpc = () => flux.rpc('echo.echo', { seq: 1, text: 'hello' });
  const raw = await best(5_000, (n) => sequential(n, server.roundTrip));
  const one = await best(5_000, (n) => sequential(n, rpc));
  const many = await best(10_000, (n) => pipelined(n, 128, rpc));
  return [
    { what: 'echo over a raw unix socket', value: raw, unit: 'µs' },
    { what: 'RPC over local://, sequential', value: one, unit: 'µs', note: `${(one / raw).toFixed(1)} × raw echo` },
    { what: 'RPC over local://, 128 in flight', value: many, unit: 'µs', note: `${(many / raw).toFixed(2)} × raw echo` },
  ];
}

/** Events with many subscribers, for each event: to all of them. */
async function events(t: TestInstance): Promise<Row[]> {
  const received = { count: 0, wanted: 0, done: () => {} };
  const subscribers = await Promise.all(Array.from({ length: FANOUT }, () => t.open()));
  for (const subscriber of subscribers) {
    await subscriber.subscribe('bench.', () => {
      if (++received.count === received.wanted) received.done();
    });
  }
  const fanOut = await best(5_000, async (n) => {
    received.count = 0;
    received.wanted = n * FANOUT;
    const all = new Promise<void>((resolve) => {
      received.done = resolve;
    });
    for (let i = 0; i < n; i++) t.flux.publishUnconfirmed('bench.event', { i });
    await all;
  });
  const sinks = Array.from({ length: FANOUT }, () => (event: { i: number }) => void (received.count += event.i));
  const settled = Promise.resolve();
  const callbacks = await best(5_000, (n) => sequential(n, () => Promise.all(sinks.map((sink) => settled.then(() => sink({ i: 1 }))))));
  return [
    { what: `${FANOUT} promise callbacks`, value: callbacks, unit: 'µs' },
    { what: `event to ${FANOUT} subscribers`, value: fanOut, unit: 'µs', note: `${(fanOut / callbacks).toFixed(1)} × callbacks` },
  ];
}

interface EchoServer {
  roundTrip: () => Promise<void>;
  close: () => void;
}

/** A socket pair that echoes 128 bytes, about what an RPC's frames are. */
async function socketEcho(): Promise<EchoServer> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-bench-'));
  const file = path.join(folder, 'echo');
  const server = net.createServer((socket) => socket.on('data', (data) => socket.write(data)));
  await new Promise<void>((resolve) => server.listen(file, resolve));
  const client = net.connect(file);
  let answered: () => void = () => {};
  client.on('data', () => answered());
  const message = Buffer.alloc(128);
  return {
    roundTrip: () =>
      new Promise<void>((resolve) => {
        answered = resolve;
        client.write(message);
      }),
    close: () => {
      client.destroy();
      server.close();
      fs.rmSync(folder, { recursive: true });
    },
  };
}

async function sequential(n: number, once: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < n; i++) await once();
}

async function pipelined(n: number, width: number, once: () => Promise<unknown>): Promise<void> {
  let left = n;
  const lane = async () => {
    while (left-- > 0) await once();
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Microseconds for each of `n`: the best of some rounds, for others use this machine too. */
async function best(n: number, run: (n: number) => Promise<void>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  await run(n); // compiled by now
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await run(n);
    least = Math.min(least, ((performance.now() - started) * 1000) / n);
  }
  return least;
}
