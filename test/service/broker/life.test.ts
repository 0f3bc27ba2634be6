import { Broker } from '../../../core/broker/broker';
import { InProcessOverlay, inProcessOverlays } from '../../../core/broker/inprocess-overlay';
import { BrokerLife } from '../../../core/broker/life';
import type { Overlay } from '../../../core/broker/overlay';
import type { StateName } from '../../../core/broker/state-machine';
import { Topology } from '../../../core/broker/topology';
import { library } from '../../../core/library';
import { FluxError } from '../../../core/sys/errors';
import { signals } from '../../../core/sys/signals';
import { installation } from '../../../core/testing/installation';

const none = { path: 'none', script: [] };

interface Lived {
  broker: Broker;
  life: BrokerLife;
  complaints: string[];
}

/** A broker of two, with rc1 and rc3 as commands of the shell; empty: none. */
function brokerOf(
  overlay: Overlay,
  rank: number,
  { rc1 = '', gathered = false, attributes = {} as Record<string, string | null> } = {},
): Lived {
  const broker = new Broker({
    rank,
    size: 2,
    userid: process.getuid!(),
    env: { PATH: process.env['PATH'], SHELL: '/bin/sh' },
    searchPath: installation,
    library,
    overlay,
    attributes: { 'broker.rc1_path': rc1, 'broker.rc2_none': null, 'broker.quorum': '0-1', hostlist: 'node[0-1]', ...attributes },
  });
  const complaints: string[] = [];
  const scripts = { rc1: none, rc3: none };
  const complain = (text: string) => void complaints.push(text);
  return { broker, complaints, life: new BrokerLife(broker, { program: [], scripts, gathered, step() {}, complain }) };
}

const state = ({ broker: { states } }: Lived, wanted: StateName) =>
  new Promise<void>((resolve) => {
    if (states.state === wanted) resolve();
    else states.onChange((now) => now === wanted && resolve());
  });

const transitions = ({ broker }: Lived) => broker.log.entries.flatMap((line) => / - - (\S+: \w+->\w+) /.exec(line)?.slice(1) ?? []);

test('a parent whose rc1 fails waits for children that are on their way, who end when they see it', async () => {
  const [top, leaf] = inProcessOverlays(2) as [InProcessOverlay, InProcessOverlay];
  const parent = brokerOf(top, 0, { rc1: 'exit 3', gathered: true });
  const ended = parent.life.run();
  await state(parent, 'shutdown');
  const child = brokerOf(leaf, 1, { rc1: 'exit 0' });
  expect(await child.life.run()).toBe(0);
  expect(await ended).toBe(3);
  expect(transitions(child)).toEqual([
    'start: none->join',
    'parent-fail: join->shutdown',
    'children-none: shutdown->finalize',
    'rc3-none: finalize->exit',
  ]);
  expect(transitions(parent)).toContain('children-complete: shutdown->finalize');
});

test('what can not be done in a state ends the broker in order, with a line that says so', async () => {
  const [top] = inProcessOverlays(2) as [InProcessOverlay];
  const parent = brokerOf(top, 0);
  parent.broker.groups.join('broker.online', 'a client that came before');
  expect(await parent.life.run()).toBe(1);
  expect(transitions(parent)).toEqual([
    'start: none->join',
    'parent-none: join->init',
    'rc1-none: init->quorum',
    'quorum-fail: quorum->shutdown',
    'children-none: shutdown->finalize',
    'rc3-none: finalize->exit',
  ]);
  const lines = parent.broker.log.entries.filter((line) => line.startsWith('<16>')).map((line) => line.replace(/^.* - - /, ''));
  expect(lines).toContain('quorum: rank 0 is already a member of broker.online');
});

/** The overlay of a broker whose parent does not answer its hello, or refuses it. */
class Unanswered extends InProcessOverlay {
  constructor(private readonly answer: Promise<never>) {
    super(new Topology(1, 2), undefined);
  }
  override start(): Promise<void> {
    return this.answer;
  }
}

test('a signal ends a broker that waits for its parent', async () => {
  const child = brokerOf(new Unanswered(new Promise(() => {})), 1);
  const ended = child.life.run();
  await state(child, 'join');
  child.life.signal(signals.SIGTERM);
  expect(await ended).toBe(0);
  expect(transitions(child).slice(0, 2)).toEqual(['start: none->join', 'parent-fail: join->shutdown']);
});

test('clients of a broker that waits for its parent are told to try again later', async () => {
  const child = brokerOf(new Unanswered(new Promise(() => {})), 1);
  const ended = child.life.run();
  await state(child, 'join');
  const client = child.broker.openHandle();
  // as a connector passes it on: the client's id, then the connector's
  const { Message } = await import('../../../core/message/index.js');
  const request = Message.request('attr.get', { name: 'rank' }, { matchtag: 1 });
  request.pushRoute('a client');
  const answer = new Promise<string | undefined>((resolve) => {
    client.tap = (response) => {
      resolve(response.error().text);
      return true;
    };
  });
  client.send(request);
  expect(await answer).toBe('Upstream Flux broker is offline. Try again later.');
  client.close();
  child.life.signal(signals.SIGTERM);
  await ended;
});

test('a broker that its parent refuses says why, and exits with 1', async () => {
  const refusal = Promise.reject(new FluxError('EINVAL', 'overlay.hello: rank 1 is not a peer of parent 0: mismatched config?'));
  refusal.catch(() => {});
  const child = brokerOf(new Unanswered(refusal as Promise<never>), 1);
  expect(await child.life.run()).toBe(1);
  expect(child.complaints).toEqual(['overlay.hello: rank 1 is not a peer of parent 0: mismatched config?']);
});

describe('the quorum', () => {
  const follow = ({ broker }: Lived, text: string) =>
    new Promise<void>((resolve) => {
      const unfollow = broker.log.follow((line) => {
        if (!line.includes(text)) return;
        unfollow();
        resolve();
      });
    });

  test('is waited for; who is missing is said again and again, and when they are all there', async () => {
    const [top, leaf] = inProcessOverlays(2) as [InProcessOverlay, InProcessOverlay];
    const parent = brokerOf(top, 0, { attributes: { 'broker.quorum-timeout': '0.01s' } });
    const [delayed, reached] = [follow(parent, 'quorum delayed: waiting for node1 (rank 1)'), follow(parent, 'quorum reached')];
    const ended = parent.life.run();
    await delayed;
    await follow(parent, 'quorum delayed: waiting for node1 (rank 1)');
    const child = brokerOf(leaf, 1);
    const childEnded = child.life.run();
    await reached;
    await Promise.all([state(parent, 'run'), state(child, 'run')]);
    parent.life.signal(signals.SIGTERM);
    expect(await Promise.all([ended, childEnded])).toEqual([0, 0]);
    expect(transitions(child)).toContain('shutdown-abort: run->cleanup');
  });

  test('may be less than all', async () => {
    const [top] = inProcessOverlays(2) as [InProcessOverlay];
    const parent = brokerOf(top, 0, { attributes: { 'broker.quorum': '0' } });
    const ended = parent.life.run();
    await state(parent, 'run');
    parent.life.signal(signals.SIGTERM);
    expect(await ended).toBe(0);
  });

  test('is given up on a signal, and its children then end too', async () => {
    const [top, leaf] = inProcessOverlays(2) as [InProcessOverlay, InProcessOverlay];
    const parent = brokerOf(top, 0);
    const ended = parent.life.run();
    await state(parent, 'quorum');
    const child = brokerOf(leaf, 1, { rc1: 'read forever' });
    const childEnded = child.life.run();
    await state(child, 'init');
    parent.life.signal(signals.SIGTERM);
    expect(await childEnded).toBeGreaterThanOrEqual(0);
    expect(await ended).toBe(0);
    expect(transitions(parent)).toContain('quorum-fail: quorum->shutdown');
  });
});

test('a signal in shutdown is ignored, and said to be', async () => {
  const [top, leaf] = inProcessOverlays(2) as [InProcessOverlay, InProcessOverlay];
  const parent = brokerOf(top, 0);
  const child = brokerOf(leaf, 1);
  const ended = Promise.all([parent.life.run(), child.life.run()]);
  await Promise.all([state(parent, 'run'), state(child, 'run')]);
  parent.broker.states.onChange((now) => {
    if (now === 'shutdown') parent.life.signal(signals.SIGTERM);
  });
  parent.life.signal(signals.SIGTERM);
  expect(await ended).toEqual([0, 0]);
  expect(parent.broker.log.entries.join('\n')).toContain('ignored signal 15 in shutdown');
});
