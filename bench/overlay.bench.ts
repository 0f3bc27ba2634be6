import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import * as zmq from 'zeromq';
import { Broker } from '../core/broker/broker';
import { ZmqOverlay } from '../core/broker/overlay-zmq';
import { Topology } from '../core/broker/topology';
import { library } from '../core/library';
import { flux, runQuietly } from './instance';
import { median, timed } from './measure';
import type { Bench, Row } from './row';

const ROUND_TRIPS = 3_000;
const PIPELINED = 30_000;
const WINDOW = 256;
const RANKS = 64;
const EVENTS = 500;

/** RPCs between two brokers beside what bare ZeroMQ sockets do, events to a tree of 64, and how long instances take to start and end. */
const bench: Bench = {
  name: 'overlay',
  async run({ rounds }) {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-bench-'));
    try {
      return [...(await rpcs(dir, rounds)), ...(await events(dir, rounds)), ...(await starts(rounds))];
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  },
};
export default bench;

/** Asks something and gets an answer. */
type Ask = () => Promise<unknown>;

interface Figures {
  /** Microseconds of one after the other, the median. */
  roundTrip: number;
  /** How many a second when many are on their way. */
  rate: number;
}

async function measure(ask: Ask, rounds: number): Promise<Figures> {
  for (let i = 0; i < 500; i++) await ask();
  const times: number[] = [];
  for (let i = 0; i < ROUND_TRIPS; i++) times.push(await timed(ask));
  let rate = 0;
  for (let round = 0; round < rounds; round++) {
    let left = PIPELINED;
    const one = async () => {
      while (left-- > 0) await ask();
    };
    const ms = await timed(() => Promise.all(Array.from({ length: WINDOW }, one)));
    rate = Math.max(rate, (PIPELINED / ms) * 1000);
  }
  return { roundTrip: median(times) * 1000, rate };
}

async function rpcs(dir: string, rounds: number): Promise<Row[]> {
  const bare = await bareEcho(dir, rounds);
  const brokers = await Tree.start(2, dir);
  brokers.all[0]!.addResident({ name: 'bench', serve: (flux) => void flux.serve('bench.echo', {}, () => ({ a: 1 })) });
  const client = brokers.all[1]!.openHandle();
  const rpc = await measure(() => client.rpc('bench.echo', { a: 1 }, { nodeid: 0 }), rounds);
  client.close();
  await brokers.stop();
  return [
    { what: 'bare ROUTER and DEALER, round trip', value: bare.roundTrip, unit: 'µs' },
    { what: 'RPC between two brokers, round trip', value: rpc.roundTrip, unit: 'µs', note: times(rpc.roundTrip, bare.roundTrip) },
    { what: 'bare ROUTER and DEALER, pipelined', value: bare.rate, unit: '/s' },
    { what: 'RPC between two brokers, pipelined', value: rpc.rate, unit: '/s', note: times(rpc.rate, bare.rate) },
  ];
}

const times = (value: number, base: number, what = 'the bare sockets') => `${(value / base).toFixed(2)} × ${what}`;

/** Two sockets in this process, encrypted as the overlay's, with frames as long as those of a small RPC; nothing is encoded or decoded. */
async function bareEcho(dir: string, rounds: number): Promise<Figures> {
  const server = zmq.curveKeyPair();
  const own = zmq.curveKeyPair();
  const tuning = { sendHighWaterMark: 1_000_000, receiveHighWaterMark: 1_000_000, sendTimeout: 0, linger: 0 };
  const router = new zmq.Router({ ...tuning, curveServer: true, curveSecretKey: server.secretKey, context: new zmq.Context() });
  const dealer = new zmq.Dealer({
    ...tuning,
    curveServerKey: server.publicKey,
    curvePublicKey: own.publicKey,
    curveSecretKey: own.secretKey,
    context: new zmq.Context(),
  });
  const uri = `ipc://${dir}/bare`;
  await router.bind(uri);
  dealer.connect(uri);
  const echoing = (async () => {
    for await (const frames of router) void router.send(frames);
  })();
  const waiting: (() => void)[] = [];
  const receiving = (async () => {
    for await (const _ of dealer) waiting.shift()!();
  })();
  const frames = [Buffer.alloc(36, 'a'), Buffer.alloc(0), Buffer.from('bench.echo'), Buffer.from('{"a":1}\0'), Buffer.alloc(20)];
  const figures = await measure(
    () =>
      new Promise<void>((resolve) => {
        waiting.push(resolve);
        void dealer.send(frames);
      }),
    rounds,
  );
  router.close();
  dealer.close();
  await Promise.all([echoing, receiving]);
  return figures;
}

async function events(dir: string, rounds: number): Promise<Row[]> {
  const brokers = await Tree.start(RANKS, dir);
  let received = 0;
  let wanted = 0;
  let done = () => {};
  const handles = brokers.all.map((broker) => broker.openHandle());
  for (const handle of handles) {
    await handle.subscribe('bench', () => {
      if (++received === wanted) done();
    });
  }
  const root = handles[0]!;
  const publish = async (count: number): Promise<number> => {
    received = 0;
    wanted = count * RANKS;
    const all = new Promise<void>((resolve) => (done = resolve));
    return timed(() => {
      for (let n = 0; n < count; n++) root.publishUnconfirmed('bench', { n });
      return all;
    });
  };
  await publish(50);
  const singles: number[] = [];
  for (let i = 0; i < 50; i++) singles.push(await publish(1));
  let burst = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) burst = Math.min(burst, await publish(EVENTS));
  for (const handle of handles) handle.close();
  await brokers.stop();
  return [
    { what: `event to ${RANKS} brokers of one process, until the last has it`, value: median(singles), unit: 'ms' },
    { what: `events to ${RANKS} brokers of one process`, value: EVENTS / (burst / 1000), unit: '/s' },
    { what: 'deliveries of them', value: (EVENTS * RANKS) / (burst / 1000), unit: '/s' },
  ];
}

/** Brokers in this process, over ipc sockets, without modules. */
class Tree {
  private constructor(readonly all: readonly Broker[]) {}

  static async start(size: number, dir: string): Promise<Tree> {
    const userid = process.getuid!();
    const topologies = Array.from({ length: size }, (_, rank) => new Topology(rank, size));
    const overlays = await Promise.all(topologies.map((topology) => ZmqOverlay.create({ topology, userid, hostname: (r) => `host${r}` })));
    const uris: string[] = [];
    for (const { rank, children } of topologies) {
      if (children.length > 0) uris[rank] = await overlays[rank]!.bind(`ipc://${dir}/${size}-${rank}`);
      for (const child of children) overlays[rank]!.authorize(String(child), overlays[child]!.keys.publicKey);
    }
    for (const { rank, parent } of topologies) {
      if (parent !== undefined) overlays[rank]!.connectTo(uris[parent]!, overlays[parent]!.keys.publicKey);
    }
    const all = overlays.map((overlay, rank) => new Broker({ rank, size, userid, env: {}, searchPath: '', library, overlay }));
    await Promise.all(all.map((broker) => broker.start()));
    return new Tree(all);
  }

  async stop(): Promise<void> {
    for (const broker of [...this.all].reverse()) await broker.stop();
  }
}

async function starts(rounds: number): Promise<Row[]> {
  const node = await fastest([process.execPath, '-e', '0'], rounds);
  const rows: Row[] = [{ what: 'node -e 0', value: node, unit: 'ms' }];
  for (const size of [1, 4, 16, 64]) {
    const ms = await fastest([flux, 'start', `-s${size}`, 'true'], Math.ceil(rounds / size));
    rows.push({ what: `flux start -s${size} true`, value: ms, unit: 'ms', note: `${times(ms / size, node, 'node -e 0')} for each broker` });
  }
  return rows;
}

async function fastest(argv: string[], rounds: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) best = Math.min(best, await timed(() => runQuietly(argv)));
  return best;
}
