import fs from 'node:fs';
import net from 'node:net';
import { Flux, FluxError, Message, NO_RESPONSE } from '../../../core';
import { decodeMessage, encodeMessage, Flag } from '../../../core/message';
import { type TestInstance, testInstance } from '../../../core/testing';
import { frameMessage } from '../../../core/transport';

let t: TestInstance;
const left: string[] = [];
beforeAll(async () => {
  t = await testInstance({ size: 2, connectors: true });
  await t.load(0, {
    name: 'keeper',
    api: 1,
    main(m) {
      m.serve('keep', { roles: ['user'] }, () => NO_RESPONSE);
      m.serve('disconnect', { roles: ['any'] }, (_, request) => void left.push(request.sender));
      m.serve('who', { roles: ['user'] }, (_, { userid, rolemask }) => ({ userid, rolemask }));
      m.serve('echo', { roles: ['any'] }, (payload) => payload);
    },
  });
});
afterAll(() => t.stop());

const connect = (rank = 0) => Flux.open(t.uri(rank), { env: {} });

/** A raw connection whose handshake is done. */
async function rawConnection(): Promise<net.Socket> {
  const socket = net.connect(t.uri().replace('local://', ''));
  const hello = await new Promise<Buffer>((resolve, reject) => {
    socket.once('data', resolve);
    socket.once('error', reject);
  });
  expect([...hello]).toEqual([0]);
  return socket;
}

const closed = (socket: net.Socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()));

/** The next whole message of a raw connection. */
async function nextMessage(socket: net.Socket): Promise<Message> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    bytes = Buffer.concat([bytes, chunk as Buffer]);
    if (bytes.length >= 8 && bytes.length >= bytes.readUInt32BE(4) + 8) return decodeMessage(bytes.subarray(8));
  }
  throw new Error('connection closed');
}

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 1_000_000) throw new Error('never came true');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('messages', () => {
  test('the route of a ping is client, connector, broker', async () => {
    const flux = await connect(1);
    const { route } = await flux.rpc<{ route: string }>('broker.ping', { seq: 0 }, { nodeid: 0 });
    expect(route.split('!')).toHaveLength(4);
    expect(route.split('!').slice(2)).toEqual([t.brokers[1]!, t.brokers[0]!].map(({ uuid }) => uuid.slice(0, 8)));
    flux.close();
  });

  test('a request without route stack is answered with one', async () => {
    const socket = await rawConnection();
    socket.write(frameMessage(Message.request('attr.get', { name: 'rank' }, { matchtag: 7 })));
    const response = await nextMessage(socket);
    expect(response).toMatchObject({ errnum: 0, matchtag: 7, rolemask: 1, routes: [] });
    expect(response.json()).toEqual({ value: '0', flags: 1 });
    socket.destroy();
  });

  test.each([1, 2, 3, 7, 50])('requests in pieces of %i bytes arrive whole', async (piece) => {
    const socket = await rawConnection();
    const request = frameMessage(Message.request('keeper.echo', { text: 'x'.repeat(300) }, { matchtag: 1 }).enableRoutes());
    for (let at = 0; at < request.length; at += piece) {
      socket.write(request.subarray(at, at + piece));
      if (at % 64 < piece) await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await nextMessage(socket)).json()).toEqual({ text: 'x'.repeat(300) });
    socket.destroy();
  });

  test.each([
    ['bad magic', Buffer.from('GET / HTTP/1.0\r\n\r\n')],
    ['an empty message', Buffer.from([0x12, 0, 0xee, 0xff, 0, 0, 0, 0])],
    ['a frame beyond the end', Buffer.from([0x12, 0, 0xee, 0xff, 0, 0, 0, 2, 200, 1])],
    ['a bad PROTO block', Buffer.from([0x12, 0, 0xee, 0xff, 0, 0, 0, 21, 20, ...Buffer.alloc(20, 0x55)])],
  ])('%s ends the connection, and others are served', async (_name, bytes) => {
    const socket = await rawConnection();
    socket.write(bytes);
    await closed(socket);
    const flux = await connect();
    expect(await flux.getattr('rank')).toBe('0');
    flux.close();
  });

  test('mutated messages never harm the broker', async () => {
    const good = encodeMessage(Message.request('keeper.echo', { a: 1 }, { matchtag: 1 }).enableRoutes());
    for (let seed = 1; seed <= 60; seed++) {
      const bytes = Buffer.from(good);
      let state = seed;
      for (let i = 0; i < 3; i++) {
        state = (state * 1103515245 + 12345) & 0x7fffffff;
        bytes[state % bytes.length] = (state >> 8) & 0xff;
      }
      const head = Buffer.from([0x12, 0, 0xee, 0xff, 0, 0, 0, bytes.length]);
      const socket = await rawConnection();
      socket.on('error', () => {});
      socket.end(Buffer.concat([head, bytes]));
      socket.resume();
      await closed(socket);
    }
    const flux = await connect();
    expect(await flux.rpc('keeper.echo', { a: 1 })).toEqual({ a: 1 });
    flux.close();
  });

  test('topics that are names of members of every JavaScript object are unknown services', async () => {
    const flux = await connect();
    for (const topic of ['constructor', 'hasOwnProperty', 'toString', '__proto__', '__proto__.x'])
      await expect(flux.rpc(topic)).rejects.toMatchObject({ code: 'ENOSYS', text: `No service matching ${topic} is registered` });
    flux.close();
  });

  test('events without a route stack, control messages and messages without topic are dropped', async () => {
    const flux = await connect();
    const seen: string[] = [];
    await flux.subscribe('drop.', (event) => void seen.push(event.topic!));
    flux.send(Message.event('drop.me'));
    flux.send(Message.control(1, 2));
    flux.publishUnconfirmed('drop.not');
    await flux.publish('drop.end');
    await until(() => seen.includes('drop.end'));
    expect(seen).toEqual(['drop.not', 'drop.end']);
    flux.close();
  });
});

describe('credentials', () => {
  test('an owner may send as somebody else', async () => {
    const flux = await connect();
    const uid = process.getuid!();
    expect(await flux.rpc('keeper.who')).toEqual({ userid: uid, rolemask: 1 });
    expect(await flux.rpc('keeper.who', undefined, { userid: 42, rolemask: 2 })).toEqual({ userid: 42, rolemask: 2 });
    expect(await flux.rpc('keeper.who', undefined, { rolemask: 2 })).toEqual({ userid: uid, rolemask: 2 });
    flux.close();
  });

  test('a guest may not', async () => {
    await t.flux.rpc('connector-local.debug', { op: 'setbit', flags: 4 });
    const guest = await connect();
    expect(await guest.rpc('keeper.who', undefined, { userid: 1, rolemask: 1 })).toEqual({ userid: process.getuid!(), rolemask: 2 });
    await expect(guest.setattr('x', 'y')).rejects.toMatchObject({ code: 'EPERM', text: 'Request requires owner credentals' });
    await expect(guest.register('svc')).rejects.toMatchObject({ code: 'EPERM' });
    guest.close();
  });

  test('a guest who serves answers what it was asked, and nothing else', async () => {
    await t.flux.rpc('connector-local.debug', { op: 'setbit', flags: 4 });
    const guest = await connect();
    const service = `${process.getuid!()}-greeter`;
    await guest.register(service);
    guest.serve(`${service}.hello`, { roles: ['any'] }, (_, request) => {
      const forged = Message.response(request.message, 0, { forged: true });
      forged.matchtag = request.matchtag + 1;
      guest.send(forged);
      return { text: 'hello' };
    });
    const client = await connect();
    const asked = client.rpc(`${service}.hello`);
    const other = client.rpc('keeper.keep', undefined, { timeout: 60_000 }); // has the next matchtag
    expect(await asked).toEqual({ text: 'hello' });
    guest.close();
    client.close();
    await expect(other).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('a refused connection gets EPERM in the first byte', async () => {
    await t.flux.rpc('connector-local.debug', { op: 'setbit', flags: 1 });
    await expect(connect()).rejects.toMatchObject({ code: 'EPERM' });
    (await connect()).close();
  });

  test('a private event is for the owner and for the user it names', async () => {
    await t.flux.rpc('connector-local.debug', { op: 'setbit', flags: 4 });
    const guest = await connect();
    const owner = await connect();
    const seen: string[] = [];
    const events: Message[] = [];
    guest.tap = (message) => message.isEvent && events.push(message) > 0;
    await guest.subscribe('private.', () => {});
    await owner.subscribe('private.', (event) => void seen.push(event.topic!));
    await owner.publish('private.one', {}, { private: true });
    await owner.publish('private.two', {});
    await until(() => events.length > 0 && seen.length > 1);
    expect(events.map(({ topic }) => topic)).toEqual(['private.two']);
    expect(seen).toEqual(['private.one', 'private.two']);
    guest.close();
    owner.close();
  });
});

describe('subscriptions', () => {
  test('are counted per topic', async () => {
    const flux = await connect();
    await flux.rpc('local.sub', { topic: 'count' });
    await flux.rpc('local.sub', { topic: 'count' });
    await flux.rpc('local.unsub', { topic: 'count' });
    await flux.rpc('local.unsub', { topic: 'count' });
    await expect(flux.rpc('local.unsub', { topic: 'count' })).rejects.toMatchObject({ code: 'ENOENT', text: undefined });
    await expect(flux.rpc('local.sub', {})).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
    flux.close();
  });
});

describe('services of clients', () => {
  test('get requests from all over the instance and answer them', async () => {
    const server = await connect(1);
    const registration = await server.register('greeter');
    server.serve('greeter.hello', { roles: ['user'] }, ({ name }) => ({ text: `hello ${name}` }));
    const client = await connect(1);
    expect(await client.rpc('greeter.hello', { name: 'you' })).toEqual({ text: 'hello you' });
    expect(await t.flux.rpc('greeter.hello', { name: 'me' }, { nodeid: 1 })).toEqual({ text: 'hello me' });
    await expect(client.rpc('greeter')).rejects.toMatchObject({ code: 'ENOSYS', text: undefined });
    await expect(client.register('greeter')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(client.register('attr')).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(client.register('a.b')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(client.rpc('service.remove', { service: 'greeter' })).rejects.toMatchObject({ code: 'ENOENT' });
    await registration.remove();
    await expect(client.rpc('greeter.hello')).rejects.toMatchObject({
      code: 'ENOSYS',
      text: 'No service matching greeter.hello is registered',
    });
    server.close();
    client.close();
  });

  test('go with their client', async () => {
    const server = await connect();
    await server.register('shortlived');
    server.close();
    await until(() => !t.brokers[0]!.services.has('shortlived'));
    await expect(t.flux.rpc('shortlived.x')).rejects.toMatchObject({ code: 'ENOSYS' });
  });
});

describe('a client that goes', () => {
  test('is reported to each service it has used', async () => {
    left.length = 0;
    const flux = await connect();
    const pending = flux.rpc('keeper.keep');
    await flux.rpc('keeper.echo', {});
    flux.close();
    await expect(pending).rejects.toBeInstanceOf(FluxError);
    await until(() => left.length > 0);
    expect(left).toHaveLength(1);
  });

  test('in the middle of a message leaves others alone', async () => {
    const socket = await rawConnection();
    const request = frameMessage(Message.request('keeper.echo', { a: 1 }, { matchtag: 1 }).enableRoutes());
    socket.write(request.subarray(0, request.length - 3), () => socket.destroy());
    await closed(socket);
    const flux = await connect();
    expect(await flux.rpc('keeper.echo', { b: 2 })).toEqual({ b: 2 });
    flux.close();
  });

  test('by half-closing is gone', async () => {
    const socket = await rawConnection();
    socket.resume();
    socket.end();
    await closed(socket);
  });
});

test('a client that does not read what it is sent does not hold up the end of the broker', async () => {
  const own = await testInstance({ connectors: true });
  const socket = net.connect(own.uri().replace('local://', ''));
  await new Promise((resolve) => socket.once('readable', resolve));
  const request = Message.request('broker.ping', { pad: 'x'.repeat(1_000_000) }, { matchtag: 1 }).enableRoutes();
  for (let n = 0; n < 4; n++) await new Promise((resolve) => socket.write(frameMessage(request.copy()), resolve));
  const flux = await Flux.open(own.uri());
  await flux.rpc('broker.ping', {});
  flux.close();
  await own.stop();
  expect(own.brokers[0]!.log.entries.filter((line) => line.includes('has not ended'))).toEqual([]);
  socket.destroy();
});

test('the socket is open to all, for its folder is the protection', () => {
  expect(fs.statSync(t.uri().replace('local://', '')).mode & 0o777).toBe(0o777);
});

test('responses keep the flags of their requests', async () => {
  const socket = await rawConnection();
  const request = Message.request('keeper.echo', { a: 1 }, { matchtag: 3 }).enableRoutes();
  request.setFlag(Flag.streaming);
  socket.write(frameMessage(request));
  expect((await nextMessage(socket)).streaming).toBe(true);
  socket.destroy();
});
