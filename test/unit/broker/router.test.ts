import { EventBus } from '../../../core/broker/event-bus';
import { inProcessOverlays } from '../../../core/broker/inprocess-overlay';
import { type OverlayHandlers, silentHandlers } from '../../../core/broker/overlay';
import { Port } from '../../../core/broker/port';
import { Router } from '../../../core/broker/router';
import { ServiceTable } from '../../../core/broker/service-table';
import { Topology } from '../../../core/broker/topology';
import { Flag, Message, NODEID_ANY } from '../../../core/message';
import { errno } from '../../../core/sys/errno';

/** A router for each broker of a tree, with one port each that keeps what it gets. */
function tree(size: number) {
  const overlays = size > 1 ? inProcessOverlays(size) : [undefined];
  return overlays.map((overlay, rank) => {
    const uuid = overlay?.uuid ?? 'broker-0';
    const services = new ServiceTable();
    const logged: string[] = [];
    const log = (_level: number, text: string) => void logged.push(text);
    const received: Message[] = [];
    const own = (message: Message) => void received.push(message);
    const events: EventBus = new EventBus({ overlay, ports: () => router.ports, own, log });
    const router = new Router({ uuid, userid: 1000, topology: new Topology(rank, size), services, overlay, events, own, log });
    router.online = true;
    const port = new Port(uuid, (message, from) => router.fromPort(message, from));
    const got: Message[] = [];
    port.onMessage = (message) => void got.push(message);
    router.addPort(port);
    const handlers: OverlayHandlers = {
      ...silentHandlers,
      message: (message, from) => router.fromPeer(message, from),
      childGone: (child) => router.peerGone(child),
      parentLost: () => router.peerGone('parent'),
      parentGone: (error) => router.peerGone('parent', error.text),
      log,
    };
    if (overlay) overlay.handlers = handlers;
    return { uuid, router, services, port, got, own: received, overlay, events, logged };
  });
}

async function started(size: number) {
  const brokers = tree(size);
  for (const { overlay } of brokers) await overlay?.start();
  return brokers;
}

/** All mailboxes are empty after a turn of the event loop. */
/** Two turns of the event loop: mailboxes may use up this one's budget. */
async function turn(): Promise<void> {
  for (let turns = 0; turns < 2; turns++) await new Promise((resolve) => setImmediate(resolve));
}

function request(topic: string, { nodeid = NODEID_ANY, upstream = false, matchtag = 1, noresponse = false } = {}): Message {
  const message = Message.request(topic, undefined, { nodeid, matchtag }).enableRoutes();
  if (upstream) message.setFlag(Flag.upstream);
  if (noresponse) message.setFlag(Flag.noresponse);
  return message;
}

test('a request for any broker goes to the nearest one upstream that has the service', async () => {
  const brokers = await started(4);
  brokers[0]!.services.add('far', brokers[0]!.port);
  brokers[1]!.services.add('near', brokers[1]!.port);
  brokers[3]!.port.send(request('near.x'));
  brokers[3]!.port.send(request('far.x'));
  await turn();
  expect(brokers[1]!.got.map(({ topic }) => topic)).toEqual(['near.x']);
  expect(brokers[0]!.got.map(({ topic }) => topic)).toEqual(['far.x']);
  expect(brokers[0]!.got[0]!.routes).toEqual([brokers[3]!.port.uuid, brokers[3]!.uuid, brokers[1]!.uuid, brokers[0]!.uuid]);
});

test('an upstream request skips the broker whose rank it names', async () => {
  const [root, , , leaf] = await started(4);
  for (const broker of [root!, leaf!]) broker.services.add('svc', broker.port);
  leaf!.port.send(request('svc.x', { nodeid: 3, upstream: true }));
  await turn();
  expect(leaf!.got).toEqual([]);
  expect(root!.got).toHaveLength(1);
});

test.each([0, 1, 2, 3, 4, 5, 6])('rank %i is reached from every rank, and its response finds the way back', async (to) => {
  const brokers = await started(7);
  const target = brokers[to]!;
  target.services.add('svc', target.port);
  target.port.onMessage = (message) => {
    if (message.isRequest) target.port.send(Message.response(message, 0, { from: to }));
    else target.got.push(message);
  };
  for (const { port } of brokers) port.send(request('svc.x', { nodeid: to }));
  for (let i = 0; i < 8; i++) await turn();
  for (const { got } of brokers) {
    expect(got).toHaveLength(1);
    expect(got[0]!.json()).toEqual({ from: to });
    expect(got[0]!.routes).toEqual([]);
    expect(got[0]).toMatchObject({ userid: 1000, rolemask: 1 });
  }
});

test.each([
  ['no such service anywhere', request('nosuch.x'), 'ENOSYS', 'No service matching nosuch.x is registered'],
  ['no such service on the rank', request('nosuch.x', { nodeid: 2 }), 'ENOSYS', 'No service matching nosuch.x is registered'],
  ['a rank that does not exist', request('svc.x', { nodeid: 9 }), 'EHOSTUNREACH', undefined],
  ['the literal upstream nodeid', request('svc.x', { nodeid: 0xfffffffe }), 'EHOSTUNREACH', undefined],
  ['upstream of rank 0', request('svc.x', { nodeid: 0, upstream: true }), 'EHOSTUNREACH', undefined],
])('%s is answered with its error', async (_name, message, code, text) => {
  const [root] = await started(3);
  root!.port.send(message);
  for (let i = 0; i < 4; i++) await turn();
  expect(root!.got[0]).toMatchObject({ errnum: errno[code as 'ENOSYS'], matchtag: 1 });
  expect(root!.got[0]!.error().text).toBe(text);
});

test('an error text for a long topic has 63 characters', async () => {
  const [root] = await started(1);
  root!.port.send(request(`${'x'.repeat(60)}.y`));
  await turn();
  expect(root!.got[0]!.text()).toHaveLength(63);
});

test('a request without response gets no error either', async () => {
  const [root] = await started(1);
  root!.port.send(request('nosuch.x', { noresponse: true }));
  await turn();
  expect(root!.got).toEqual([]);
});

test('clients are told to try again while the broker joins; modules are served', async () => {
  const [root] = await started(1);
  root!.router.online = false;
  root!.services.add('svc', root!.port);
  const message = request('svc.x');
  message.pushRoute('a client');
  root!.port.send(message);
  root!.port.send(request('svc.y'));
  await turn();
  const [refused, served] = root!.got;
  expect(refused!.error()).toMatchObject({ code: 'EAGAIN', text: 'Upstream Flux broker is offline. Try again later.' });
  expect(served!.topic).toBe('svc.y');
});

test('a lost child leaves no RPC without answer', async () => {
  const brokers = await started(3);
  brokers[2]!.services.add('svc', brokers[2]!.port);
  brokers[0]!.port.send(request('svc.x', { nodeid: 2, matchtag: 5 }));
  brokers[1]!.port.send(request('svc.x', { nodeid: 2, matchtag: 6 }));
  for (let i = 0; i < 3; i++) await turn();
  expect(brokers[2]!.got).toHaveLength(2);
  expect(brokers[0]!.router.trackedRpcs).toEqual({ parent: 0, children: 2 });
  brokers[2]!.overlay!.crash();
  for (let i = 0; i < 3; i++) await turn();
  for (const rank of [0, 1]) expect(brokers[rank]!.got[0]).toMatchObject({ errnum: errno['EHOSTUNREACH'], matchtag: 5 + rank });
  expect(brokers[0]!.router.trackedRpcs).toEqual({ parent: 0, children: 0 });
  brokers[0]!.port.send(request('svc.x', { nodeid: 2, matchtag: 7 }));
  await turn();
  expect(brokers[0]!.got[1]).toMatchObject({ errnum: errno['EHOSTUNREACH'], matchtag: 7 });
});

test('services hear that clients beyond a lost child, or beyond a lost parent, are gone', async () => {
  const brokers = await started(3);
  const { services, port, got } = brokers[0]!;
  services.add('svc', port);
  brokers[2]!.services.add('svc', brokers[2]!.port);
  brokers[1]!.port.send(request('svc.x', { nodeid: 2 }));
  brokers[2]!.port.send(request('svc.y', { nodeid: 0 }));
  brokers[2]!.port.send(request('svc.z', { nodeid: 0, noresponse: true }));
  for (let i = 0; i < 3; i++) await turn();
  expect(got.map(({ topic }) => topic)).toEqual(['svc.y', 'svc.z']);
  brokers[0]!.overlay!.disconnectChild(2);
  for (let i = 0; i < 3; i++) await turn();
  expect(got[2]).toMatchObject({ topic: 'svc.disconnect', noresponse: true, originator: brokers[2]!.port.uuid });
  const below = brokers[2]!.got.filter(({ isRequest }) => isRequest);
  expect(below.map(({ topic, originator }) => [topic, originator])).toEqual([
    ['svc.x', brokers[1]!.port.uuid],
    ['svc.disconnect', brokers[1]!.port.uuid],
  ]);
});

test('a client that has disconnected itself is not disconnected again', async () => {
  const brokers = await started(2);
  const { services, port, got } = brokers[0]!;
  services.add('svc', port);
  brokers[1]!.port.send(request('svc.y'));
  brokers[1]!.port.send(request('svc.disconnect', { noresponse: true }));
  brokers[0]!.overlay!.disconnectChild(1);
  for (let i = 0; i < 3; i++) await turn();
  expect(got.map(({ topic }) => topic)).toEqual(['svc.y', 'svc.disconnect']);
});

test('a child that was disconnected learns why its RPCs fail', async () => {
  const [root, child] = await started(2);
  root!.services.add('svc', root!.port);
  child!.port.send(request('svc.x'));
  await turn();
  root!.overlay!.disconnectChild(1);
  await turn();
  expect(child!.got[0]!.error()).toMatchObject({ code: 'EHOSTUNREACH', text: 'overlay disconnect' });
});

test('a response is dropped unless it brings back the id of the broker it got the request from', async () => {
  const [root] = await started(1);
  const response = Message.response(request('svc.x'), 0);
  response.pushRoute(root!.port.uuid);
  response.pushRoute('someone else');
  root!.port.send(response);
  await turn();
  expect(root!.got).toEqual([]);
});

test('credentials that are set stay, those that are not become the owner’s', async () => {
  const [root] = await started(1);
  root!.services.add('svc', root!.port);
  const guest = request('svc.x');
  guest.userid = 42;
  guest.rolemask = 2;
  root!.port.send(guest);
  root!.port.send(request('svc.y'));
  await turn();
  expect(root!.got.map(({ userid, rolemask }) => [userid, rolemask])).toEqual([
    [42, 2],
    [1000, 1],
  ]);
});

describe('events', () => {
  test('are numbered on rank 0, keep their publisher and lose their route stack', async () => {
    const brokers = await started(3);
    for (const { port } of brokers) port.subscribe('a');
    const event = Message.event('a.b', { x: 1 }).enableRoutes();
    event.userid = 7;
    event.rolemask = 2;
    brokers[2]!.port.send(event);
    for (let i = 0; i < 3; i++) await turn();
    for (const { got } of brokers) {
      expect(got).toHaveLength(1);
      expect(got[0]).toMatchObject({ sequence: 1, userid: 7, rolemask: 2, routes: undefined });
      expect(got[0]!.has(Flag.route)).toBe(false);
    }
  });

  test('reach subscribers of a prefix only', async () => {
    const [root] = await started(1);
    root!.port.subscribe('a.b');
    root!.port.subscribe('a.b');
    for (const topic of ['a', 'a.b', 'a.bc', 'b']) root!.port.send(Message.event(topic).enableRoutes());
    await turn();
    expect(root!.got.map(({ topic }) => topic)).toEqual(['a.b', 'a.bc']);
    root!.port.unsubscribe('a.b');
    root!.port.send(Message.event('a.b').enableRoutes());
    await turn();
    expect(root!.got).toHaveLength(3);
    root!.port.unsubscribe('a.b');
    root!.port.send(Message.event('a.b').enableRoutes());
    await turn();
    expect(root!.got).toHaveLength(3);
  });

  test('that were seen are dropped, those that are missing are logged', async () => {
    const [root] = await started(1);
    for (const sequence of [5, 5, 4, 6, 8, 12]) root!.events.receive(Message.event('x', undefined, { sequence }));
    expect(root!.own.map(({ sequence }) => sequence)).toEqual([5, 6, 8, 12]);
    expect(root!.logged).toEqual(['lost event 7', 'lost events 9-11']);
  });
});
