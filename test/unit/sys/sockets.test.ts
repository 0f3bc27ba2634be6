import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import * as credentials from '../../../core/sys/credentials';
import { closeFd, createPipe, createSocketPair, dupFd, isCloexec, setCloexec, setNonblock, streamFromFd } from '../../../core/sys/fds';
import { defaultInterface, primaryAddress } from '../../../core/sys/netif';
import { peerCredentials } from '../../../core/sys/peercred';
import { spawnProcess } from '../../../core/sys/spawn';
import { inTempDir, plainEnv, text } from './run';

test('the peer of a Unix socket is known by pid, uid and gid', async () => {
  await inTempDir(async (dir) => {
    const server = net.createServer().listen(`${dir}/socket`);
    const connection = once(server, 'connection') as Promise<[net.Socket]>;
    await once(server, 'listening');
    const client = net.connect(`${dir}/socket`);
    const [accepted] = await connection;
    const me = { pid: process.pid, uid: process.getuid!(), gid: process.getgid!() };
    expect(peerCredentials(accepted)).toEqual(me);
    expect(peerCredentials(client)).toEqual(me);
    accepted.destroy();
    expect(() => peerCredentials(accepted)).toThrow('Bad file descriptor');
    client.destroy();
    server.close();
    await once(server, 'close');
  });
});

test('a pipe has no peer credentials', () => {
  const [reader, writer] = createPipe();
  expect(() => peerCredentials(reader)).toThrow('Socket operation on non-socket');
  closeFd(reader);
  closeFd(writer);
});

test('descriptors are made with CLOEXEC, which can be changed', () => {
  const pair = createSocketPair();
  const copy = dupFd(pair[0], 100);
  expect(copy).toBeGreaterThanOrEqual(100);
  for (const fd of [...pair, copy]) expect(isCloexec(fd)).toBe(true);
  setCloexec(copy, false);
  expect(isCloexec(copy)).toBe(false);
  setNonblock(copy, true);
  const flags = /flags:\s*(\d+)/.exec(fs.readFileSync(`/proc/self/fdinfo/${pair[0]}`, 'utf8'))?.[1];
  expect(Number.parseInt(flags!, 8) & 0o4000).toBe(0o4000); // O_NONBLOCK is the open file's, not the descriptor's
  for (const fd of [...pair, copy]) closeFd(fd);
  expect(() => closeFd(copy)).toThrow('Bad file descriptor');
});

test('open descriptors become streams, for both directions or one', async () => {
  const [a, b] = createSocketPair().map((fd) => streamFromFd(fd)) as [net.Socket, net.Socket];
  a.end('to b');
  expect(await text(b)).toBe('to b');
  b.end('to a'); // half open: the end of a's output did not end b's
  expect(await text(a)).toBe('to a');
  const [reader, writer] = createPipe();
  streamFromFd(writer, 'write').end('through the pipe');
  expect(await text(streamFromFd(reader, 'read'))).toBe('through the pipe');
});

test('an inherited descriptor talks to the parent', async () => {
  const [ours, theirs] = createSocketPair();
  const child = spawnProcess({
    argv: ['sh', '-c', 'read x <&3; echo "<$x>" >&3'],
    env: plainEnv,
    stdio: ['ignore', 'ignore', 'inherit', { fd: theirs }],
  });
  closeFd(theirs);
  const stream = streamFromFd(ours);
  stream.end('ping\n');
  expect(await text(stream)).toBe('<ping>\n');
  expect((await child.exited).status).toBe(0);
});

test('users are found by id and by name', () => {
  expect(credentials.getUser('root')).toMatchObject({ uid: 0, gid: 0, name: 'root' });
  expect(credentials.userName(0)).toBe('root');
  expect(credentials.userName(54_321)).toBe('54321');
  expect(() => credentials.getUser('no-such-user')).toThrow('no such user: no-such-user');
  expect(credentials.getUser(process.getuid!()).name).toBe(os.userInfo().username);
  expect(credentials.hostName()).toBe(os.hostname());
  expect(credentials.userId()).toBe(process.geteuid!());
});

test('the primary address is one of this machine’s', async () => {
  const name = defaultInterface();
  const addresses = Object.values(os.networkInterfaces()).flatMap((list) => (list ?? []).map((a) => a.address));
  if (name === undefined) return; // a machine without a route: nothing to compare
  expect(addresses).toContain(await primaryAddress());
});
