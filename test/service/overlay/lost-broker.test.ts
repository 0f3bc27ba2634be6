import { signals } from '../../../core/sys/signals';
import { type LocalBroker, Tree, until } from './tree';

/** A service on a broker that never answers: `arrived` when it holds so many requests, `dropped` when the sender of its one stream is gone. */
function hang({ broker }: LocalBroker, requests: number) {
  let held = 0;
  let arrive = () => {};
  let drop = () => {};
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  const dropped = new Promise<void>((resolve) => (drop = resolve));
  const hold = () => {
    if (++held === requests) arrive();
    return new Promise<never>(() => {});
  };
  broker.addResident({
    name: 'hang',
    serve: (flux) => {
      flux.serve('hang.wait', {}, hold);
      flux.serveStream('hang.stream', {}, async function* (_, request) {
        request.signal.addEventListener('abort', drop);
        yield await hold();
      });
    },
  });
  return { arrived, dropped };
}

/** Takes a stream's responses to its end. */
async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

const unreachable = { code: 'EHOSTUNREACH' };

/** Brokers 0, 2, 3 and 4 in this process, and 1, between 0 and 3, 4, as a program that can be killed. */
describe('a broker in the middle of the tree', () => {
  let tree: Tree;
  let top: LocalBroker;
  let below: LocalBroker;
  let beside: LocalBroker;
  let middle: ReturnType<Tree['spawn']>;

  beforeEach(async () => {
    tree = new Tree({ size: 5, heartbeat: 0.3 });
    top = await tree.start(0);
    middle = tree.spawn(1);
    await tree.start(2);
    below = await tree.start(3);
    beside = await tree.start(4);
    await tree.status(0, 'full');
    await Promise.all([online('0-4'), ...[2, 3, 4].map((rank) => tree.state(rank, 'run'))]);
  });
  afterEach(() => tree.stop());

  /** RPCs and streams through the middle broker, to it, and across it, from above and from below: all are at their service when this resolves. */
  async function inFlight() {
    const held = [hang(top, 3), hang(below, 2), hang(beside, 2)];
    const rpcs = [
      top.flux.rpc('hang.wait', undefined, { nodeid: 3 }),
      drain(top.flux.stream('hang.stream', undefined, { nodeid: 3 })),
      below.flux.rpc('hang.wait', undefined, { nodeid: 0 }),
      below.flux.rpc('hang.wait', undefined, { nodeid: 'upstream' }),
      drain(below.flux.stream('hang.stream', undefined, { nodeid: 0 })),
      below.flux.rpc('hang.wait', undefined, { nodeid: 4 }),
      drain(below.flux.stream('hang.stream', undefined, { nodeid: 4 })),
      drain(top.flux.stream('overlay.health', undefined, { nodeid: 1 })),
      drain(below.flux.stream('overlay.health', undefined, { nodeid: 1 })),
    ].map((rpc) => rpc.then(() => 'answered').catch((e) => e));
    await Promise.all(held.map(({ arrived }) => arrived));
    await below.flux.rpc('broker.ping', {}, { nodeid: 1 });
    await top.flux.rpc('broker.ping', {}, { nodeid: 1 });
    return { rpcs: Promise.all(rpcs), dropped: Promise.all(held.map(({ dropped }) => dropped)) };
  }

  async function expectUnreachable(): Promise<void> {
    await expect(top.flux.rpc('broker.ping', {}, { nodeid: 3 })).rejects.toMatchObject(unreachable);
    await expect(top.flux.rpc('broker.ping', {}, { nodeid: 1 })).rejects.toMatchObject(unreachable);
    await expect(below.flux.rpc('broker.ping', {}, { nodeid: 0 })).rejects.toMatchObject(unreachable);
    await expect(below.flux.rpc('broker.ping', {}, { nodeid: 4 })).rejects.toMatchObject(unreachable);
    await expect(below.flux.rpc('hang.wait', undefined, { nodeid: 'upstream' })).rejects.toMatchObject(unreachable);
  }

  /** Resolves once rank 0 knows these ranks as members of the group of all that run. */
  function online(ranks: string): Promise<void> {
    const { groups } = top.broker;
    return until(
      () => groups.members('broker.online').encode() === ranks,
      (check) => groups.onChange(check),
    );
  }

  /** Both brokers below have their parent again, and all reach each other. */
  async function expectBack(): Promise<void> {
    await Promise.all([tree.connected(3), tree.connected(4), online('0-4')]);
    await tree.status(0, 'full');
    await top.flux.rpc('broker.ping', {}, { nodeid: 3 });
    await below.flux.rpc('broker.ping', {}, { nodeid: 0 });
    await below.flux.rpc('broker.ping', {}, { nodeid: 4 });
  }

  test('that is killed leaves no RPC or stream without an answer, and no service with clients that are gone', async () => {
    const { rpcs, dropped } = await inFlight();
    middle.kill(signals.SIGKILL);
    for (const outcome of await rpcs) expect(outcome).toMatchObject(unreachable);
    await dropped;
    await tree.status(0, 'degraded');
    expect(top.overlay.health.child(1)).toMatchObject({ status: 4 });
    await expectUnreachable();
  });

  test('that is started again takes its subtree back', async () => {
    middle.kill(signals.SIGKILL);
    await tree.status(0, 'degraded');
    await Promise.all([tree.lost(3), tree.lost(4), online('0,2')]);
    tree.spawn(1);
    await expectBack();
    expect(top.broker.log.entries.join('\n')).toMatch(/accepting connection from h1 \(rank 1\) uuid \S+ status/);
  });

  test('that is stopped is lost as if it were dead, and after it goes on it has its place again', async () => {
    const { rpcs, dropped } = await inFlight();
    middle.kill(signals.SIGSTOP);
    for (const outcome of await rpcs) expect(outcome).toMatchObject(unreachable);
    await dropped;
    await Promise.all([tree.status(0, 'degraded'), online('0,2')]);
    await expectUnreachable();
    middle.kill(signals.SIGCONT);
    await tree.status(0, 'full');
    await expectBack();
  });

  /** Numbers of the events `count` that a broker sees, until it has seen `last`. */
  async function counted({ flux }: LocalBroker, last: number): Promise<{ seen: number[]; all: Promise<void> }> {
    const seen: number[] = [];
    let done = () => {};
    const all = new Promise<void>((resolve) => (done = resolve));
    await flux.subscribe('count', (event) => {
      seen.push(event.json<{ n: number }>().n);
      if (seen.at(-1) === last) done();
    });
    return { seen, all };
  }

  test('that was stopped brings the events that its subtree has missed, in order', async () => {
    const { seen, all } = await counted(below, 5);
    await top.flux.publish('count', { n: 1 });
    middle.kill(signals.SIGSTOP);
    await Promise.all([tree.lost(3), tree.lost(4), tree.status(0, 'degraded'), online('0,2')]);
    for (const n of [2, 3, 4]) await top.flux.publish('count', { n });
    middle.kill(signals.SIGCONT);
    await expectBack();
    await top.flux.publish('count', { n: 5 });
    await all;
    expect(seen).toEqual([1, 2, 3, 4, 5]);
    expect(below.broker.log.entries.join('\n')).not.toContain('lost event');
  });

  test('that died and is another one now leaves a gap that its children notice', async () => {
    const { seen, all } = await counted(below, 4);
    await top.flux.publish('count', { n: 1 });
    await below.flux.rpc('broker.ping', {}, { nodeid: 0 });
    middle.kill(signals.SIGKILL);
    await Promise.all([tree.lost(3), tree.lost(4), tree.status(0, 'degraded'), online('0,2')]);
    for (const n of [2, 3]) await top.flux.publish('count', { n });
    tree.spawn(1);
    await expectBack();
    await top.flux.publish('count', { n: 4 });
    await all;
    expect(seen).toEqual([1, 4]);
    expect(below.broker.log.entries.join('\n')).toMatch(/lost events \d+-\d+/);
  });

  test('and comes back brings the members of groups in its subtree back', async () => {
    middle.kill(signals.SIGKILL);
    await online('0,2');
    tree.spawn(1);
    await online('0-4');
  });
});

describe('a broker whose parent', () => {
  let tree: Tree;
  afterEach(() => tree.stop());

  test('is killed and stays away ends after tbon.parent-timeout, saying so, with exit code 1', async () => {
    tree = new Tree({ size: 2, parent: 0.2 });
    const parent = tree.spawn(0);
    const child = await tree.start(1);
    await tree.state(1, 'run');
    parent.kill(signals.SIGKILL);
    expect(await child.ended).toBe(1);
    expect(child.stderr.join('\n')).toContain('h0 (rank 0) is lost: giving up after 0.2s');
  });

  test('is rank 0 and belongs to a new instance when it is back ends at once', async () => {
    tree = new Tree({ size: 2 });
    const parent = tree.spawn(0);
    const child = await tree.start(1);
    await tree.state(1, 'run');
    parent.kill(signals.SIGKILL);
    await tree.lost(1);
    tree.spawn(0);
    expect(await child.ended).toBe(1);
    expect(child.stderr.join('\n')).toContain('h0 (rank 0) belongs to another instance now');
  });

  test('disconnects it ends, saying so', async () => {
    tree = new Tree({ size: 2 });
    const { flux } = await tree.start(0);
    const child = tree.spawn(1);
    await tree.status(0, 'full');
    await flux.rpc('overlay.disconnect-subtree', { rank: 1 });
    const { code, stderr } = await child.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('broker.crit[1]: h0 (rank 0) sent disconnect control message');
  });

  test('is not there yet waits for it, and ends on a signal', async () => {
    tree = new Tree({ size: 2, parent: 0.1 });
    const child = tree.spawn(1);
    await child.output("h0 (rank 0) can't be reached at ipc://");
    child.kill(signals.SIGTERM);
    expect(await child.ended).toMatchObject({ code: 0 });
  });

  test('has another certificate is refused, and ends after tbon.parent-timeout', async () => {
    tree = new Tree({ size: 2, parent: 0.2 });
    const parent = await tree.start(0);
    tree.writeCertificate('other');
    const { code, stderr } = await tree.spawn(1, 'other').ended;
    expect(code).toBe(1);
    expect(stderr).toContain(
      'flux-broker: overlay.hello: handshake with h0 (rank 0) failed: is its certificate another one?: giving up after 0.2s\n',
    );
    expect(parent.overlay.health.child(1)).toMatchObject({ status: 5 });
    expect(parent.broker.log.entries.join('\n')).toMatch(/child sockevent ipc:\S+ handshake failed: /);
  });
});
