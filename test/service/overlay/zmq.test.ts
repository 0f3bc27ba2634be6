import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { curveKeyPair, Dealer } from 'zeromq';
import { Broker } from '../../../core/broker/broker';
import { ZmqOverlay } from '../../../core/broker/overlay-zmq';
import { statusName } from '../../../core/broker/subtree-health';
import { Topology } from '../../../core/broker/topology';
import type { Flux } from '../../../core/handle';
import { library } from '../../../core/library';
import { decodeFrames, encodeFrames, Message } from '../../../core/message';
import type { FluxError } from '../../../core/sys/errors';

const SIZE = 7;
let dir: string;
let overlays: ZmqOverlay[];
let brokers: Broker[];
let stderr: string[];

const make = async (rank: number) =>
  ZmqOverlay.create({ topology: new Topology(rank, SIZE, 2), userid: process.getuid!(), hostname: (r) => `host${r}` });
const brokerOn = (rank: number, overlay: ZmqOverlay) =>
  new Broker({
    rank,
    size: SIZE,
    userid: process.getuid!(),
    env: {},
    searchPath: '',
    library,
    overlay,
    stderr: (line) => void stderr.push(line),
  });

async function bindAll(transport: (rank: number) => string): Promise<void> {
  const uris: string[] = [];
  for (const [rank, overlay] of overlays.entries()) {
    const { children } = new Topology(rank, SIZE, 2);
    if (children.length > 0) uris[rank] = await overlay.bind(transport(rank));
    for (const child of children) overlay.authorize(String(child), overlays[child]!.keys.publicKey);
  }
  for (let rank = 1; rank < SIZE; rank++) {
    const parent = new Topology(rank, SIZE, 2).parent!;
    overlays[rank]!.connectTo(uris[parent]!, overlays[parent]!.keys.publicKey);
  }
}

async function startAll(transport: (rank: number) => string): Promise<void> {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-overlay-'));
  stderr = [];
  overlays = await Promise.all(Array.from({ length: SIZE }, (_, rank) => make(rank)));
  await bindAll(transport);
  brokers = overlays.map((overlay, rank) => brokerOn(rank, overlay));
  for (const broker of brokers) await broker.start();
}

async function stopAll(): Promise<void> {
  for (const broker of [...brokers].reverse()) await broker.stop();
  fs.rmSync(dir, { recursive: true, force: true });
}

/** Resolves once the condition holds; it is looked at after each change of rank's health. */
function health(rank: number, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!condition()) return;
      off();
      resolve();
    };
    const off = overlays[rank]!.health.onChange(check);
    check();
  });
}

const status = (rank: number) => statusName(overlays[rank]!.health.own.status);

describe.each([
  ['ipc', (rank: number) => `ipc://${dir}/tbon-${rank}`],
  ['tcp', () => 'tcp://127.0.0.1:*'],
])('the overlay over ZeroMQ, %s', (_, transport) => {
  let flux: Flux;
  beforeAll(async () => {
    await startAll(transport);
    flux = brokers[0]!.openHandle();
  });
  afterAll(stopAll);

  test('rank 0 reaches every rank, and every rank reaches rank 0', async () => {
    for (const broker of brokers) {
      const { value } = await flux.rpc<{ value: string }>('attr.get', { name: 'rank' }, { nodeid: broker.rank });
      expect(value).toBe(String(broker.rank));
      const below = broker.openHandle();
      expect(await below.rpc('attr.get', { name: 'rank' }, { nodeid: 0 })).toMatchObject({ value: '0' });
      expect(await below.rpc('attr.get', { name: 'rank' }, { nodeid: SIZE - 1 })).toMatchObject({ value: String(SIZE - 1) });
    }
  });

  test('the whole tree is full once all have joined', async () => {
    await health(0, () => status(0) === 'full');
    for (let rank = 0; rank < SIZE; rank++) expect(status(rank)).toBe('full');
  });

  test('events published anywhere arrive everywhere, in one order', async () => {
    const seen: string[][] = brokers.map(() => []);
    const done = brokers.map(
      (broker, rank) =>
        new Promise<void>((resolve) => {
          void broker.openHandle().subscribe('count', (event) => {
            seen[rank]!.push(`${event.sequence} ${event.json()['from']}`);
            if (seen[rank]!.length === 30) resolve();
          });
        }),
    );
    await Promise.all(brokers.map((broker) => broker.openHandle().rpc('broker.ping', {})));
    for (let n = 0; n < 30; n++) brokers[n % SIZE]!.openHandle().publishUnconfirmed('count', { from: n });
    await Promise.all(done);
    for (const events of seen) expect(events).toEqual(seen[0]);
  });

  test('a payload of 10 MB crosses the tree and back', async () => {
    const pad = 'x'.repeat(10_000_000);
    expect(await flux.rpc('broker.ping', { pad }, { nodeid: SIZE - 1 })).toMatchObject({ pad });
  });

  test('a rank that does not exist is EHOSTUNREACH', async () => {
    await expect(flux.rpc('attr.get', { name: 'rank' }, { nodeid: 99 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });
});

describe('loss of a broker', () => {
  beforeEach(() => startAll((rank) => `ipc://${dir}/tbon-${rank}`));
  afterEach(stopAll);

  test('a child that leaves is offline, and requests to it are EHOSTUNREACH', async () => {
    await health(0, () => status(0) === 'full');
    await brokers[6]!.stop();
    await health(0, () => status(0) === 'partial');
    expect(overlays[2]!.health.child(6)!.status).toBe(5);
    await expect(brokers[0]!.openHandle().rpc('attr.get', { name: 'rank' }, { nodeid: 6 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('a disconnected subtree is lost, RPCs waiting for it fail, and it is told', async () => {
    await health(0, () => status(0) === 'full');
    const told = new Promise<string>((resolve) => {
      const { handlers } = overlays[1]!;
      overlays[1]!.handlers = { ...handlers, parentGone: tell };
      function tell(error: FluxError) {
        handlers.parentGone(error);
        resolve(error.message);
      }
    });
    const waiting = brokers[0]!.openHandle().stream('log.dmesg', { follow: true }, { nodeid: 3 });
    overlays[0]!.disconnectChild(1);
    expect(await told).toBe('overlay disconnect');
    expect(status(0)).toBe('degraded');
    await expect(
      (async () => {
        while (await waiting.nextMessage());
      })(),
    ).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('a broker with a key that nobody authorised does not get in, and is told', async () => {
    const stranger = await make(2);
    stranger.connectTo(overlays[0]!.endpoint!, overlays[0]!.keys.publicKey);
    await expect(stranger.start()).rejects.toMatchObject({
      code: 'EPERM',
      message: "overlay.hello: host0 (rank 0) refused this broker's key: Authentication failure",
    });
    expect(brokers[0]!.log.entries.join('\n')).toContain('overlay auth unknown No access');
    await stranger.close();
  });

  test('a rank that is no child of this parent is refused with both ranks named', async () => {
    const lost = await make(6);
    overlays[0]!.authorize('6', lost.keys.publicKey);
    lost.connectTo(overlays[0]!.endpoint!, overlays[0]!.keys.publicKey);
    await expect(lost.start()).rejects.toMatchObject({
      code: 'EINVAL',
      message: 'overlay.hello: rank 6 is not a peer of parent 0: mismatched config?',
    });
    await lost.close();
  });
});

describe('what children say', () => {
  beforeEach(() => startAll((rank) => `ipc://${dir}/tbon-${rank}`));
  afterEach(stopAll);

  /** A socket that rank 0 lets in as it does a child, and that says what the test wants. */
  class Child {
    readonly #socket: Dealer;

    constructor(id: string) {
      const keys = curveKeyPair();
      const { publicKey } = overlays[0]!.keys;
      overlays[0]!.authorize(id, keys.publicKey);
      this.#socket = new Dealer({
        routingId: id,
        linger: 0,
        curveServerKey: publicKey,
        curvePublicKey: keys.publicKey,
        curveSecretKey: keys.secretKey,
      });
      this.#socket.connect(overlays[0]!.endpoint!);
    }

    async ask(message: Message): Promise<Message> {
      await this.#socket.send(encodeFrames(message.enableRoutes()));
      return this.next();
    }

    async next(): Promise<Message> {
      return decodeFrames(await this.#socket.receive());
    }

    close(): void {
      this.#socket.close();
    }
  }

  const VERSION = 32 << 8;
  const good = { rank: 1, version: VERSION, uuid: 'some-uuid', status: 1 };
  const hello = (payload: object, rolemask = 1) => {
    const message = Message.request('overlay.hello', payload, { matchtag: 1 });
    message.rolemask = rolemask;
    return message;
  };

  test.each<[string, object, number, object]>([
    [
      'of another version',
      { ...good, version: (31 << 8) | 1 },
      1,
      { code: 'EINVAL', text: 'flux-core v0.31.1 mismatched with parent v0.32.0' },
    ],
    [
      'of a rank that is no child',
      { ...good, rank: 5 },
      1,
      { code: 'EINVAL', text: 'rank 5 is not a peer of parent 0: mismatched config?' },
    ],
    ['without a uuid', { ...good, uuid: undefined }, 1, { code: 'EPROTO', text: undefined }],
    ['with a status that nobody has', { ...good, status: 9 }, 1, { code: 'EPROTO', text: undefined }],
    ['of somebody who is not the owner', good, 2, { code: 'EPERM', text: undefined }],
  ])('a hello %s is refused', async (_, payload, rolemask, error) => {
    const child = new Child('stranger');
    const { uuid } = overlays[1]!;
    expect((await child.ask(hello(payload, rolemask))).error()).toMatchObject(error);
    child.close();
    expect(overlays[0]!.childByUuid(uuid)).toBe(1);
  });

  test('who does not begin with hello is sent away', async () => {
    const child = new Child('rude');
    expect(await child.ask(Message.request('attr.get', { name: 'rank' }, { matchtag: 1 }))).toMatchObject({ isControl: true, aux1: 2 });
    expect(brokers[0]!.log.entries.join('\n')).toContain(
      "DROP downstream request topic attr.get from rude: didn't say hello, sending disconnect",
    );
    child.close();
  });

  test('a second hello of a rank takes its place, and its first connection is lost', async () => {
    const child = new Child('second');
    const { uuid } = overlays[1]!;
    const answer = await child.ask(hello({ ...good, uuid: 'second' }));
    expect(answer.json()).toMatchObject({ uuid: overlays[0]!.uuid, root: overlays[0]!.uuid });
    expect(overlays[0]!.childByUuid('second')).toBe(1);
    expect(overlays[0]!.childByUuid(uuid)).toBeUndefined();
    expect(brokers[0]!.log.entries.join('\n')).toContain(`host1 (rank 1) reconnected after crash, dropping old uuid ${uuid}`);
    child.close();
  });

  test('when another connection breaks, a child gets nothing but what a broker of 0.32 takes from its parent', async () => {
    const child = new Child('original');
    await child.ask(hello({ ...good, uuid: 'original' }));
    await health(0, () => overlays[0]!.health.child(2)!.status === 1);
    const disconnect = 2; // the only keepalive that goes down (docs/protocol/wire.md §7, "Keepalive")
    await brokers[2]!.stop();
    const probes: Message[] = [];
    while (probes.length < 2) {
      const message = await child.next();
      expect({ type: message.type, accepted: !message.isControl || message.aux1 === disconnect }).toMatchObject({ accepted: true });
      if (message.isRequest) probes.push(message);
    }
    for (const probe of probes) {
      // it concerns nobody, and asks for no answer
      expect(probe).toMatchObject({ topic: 'log.disconnect', noresponse: true, isOwner: true, aux1: 1 });
      expect(probe.routes).toHaveLength(2);
      expect(probe.originator).toMatch(/^[0-9a-f-]{36}$/);
      expect(probe.originator).not.toBe(overlays[0]!.uuid);
    }
    child.close();
  });

  test('a child that is silent for 30 seconds is told of, once, and when it is back', async () => {
    const now = performance.now.bind(performance);
    const entries = () =>
      brokers[0]!.log.entries.filter((line) => line.includes('host1')).map((line) => line.slice(line.indexOf('broker on')));
    performance.now = () => now() + 40_000;
    try {
      overlays[0]!.heartbeat();
      performance.now = () => now() + 80_000;
      overlays[0]!.heartbeat();
    } finally {
      performance.now = now;
    }
    await brokers[0]!.openHandle().rpc('broker.ping', {}, { nodeid: 1 });
    expect(entries().filter((line) => line.startsWith('broker on'))).toEqual([
      expect.stringMatching(/^broker on host1 \(rank 1\) has been unresponsive for 40[.\d]*s$/),
      'broker on host1 (rank 1) is responsive now',
    ]);
  });
});
