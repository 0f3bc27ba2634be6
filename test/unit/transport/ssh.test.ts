import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bindSocket } from '../../../core/router';
import { isThisHost } from '../../../core/sys/this-host';
import { connectSsh, isLocal, parseSshUri, sshCommand } from '../../../core/transport/ssh';

describe('ssh:// URIs', () => {
  test.each([
    ['host/tmp/x', { host: 'host', port: undefined, path: '/tmp/x' }],
    ['me@host.site:2222/tmp/x y', { host: 'me@host.site', port: '2222', path: '/tmp/x y' }],
  ])('%s', (rest, uri) => expect(parseSshUri(rest)).toEqual(uri));

  test.each(['', '/tmp/x', 'host', 'host/', 'host:/x', 'host:x/y', 'host/x?y=1', 'host/x#y', '-oProxyCommand=x/y'])(
    '%s is EINVAL',
    (rest) => {
      expect(() => parseSshUri(rest)).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    },
  );
});

test('the command is ssh, the host, and the relay', () => {
  const uri = { host: 'me@host', port: '22', path: '/tmp/x' };
  expect(sshCommand(uri, { PATH: '/nonexistent' })).toEqual(['/usr/bin/ssh', '-p', '22', 'me@host', 'flux', 'relay', '/tmp/x']);
  const env = { PATH: '', FLUX_SSH: '/my/ssh', FLUX_SSH_RCMD: '/opt/flux', LD_LIBRARY_PATH: '/a:/b' };
  expect(sshCommand({ ...uri, port: undefined }, env)).toEqual([
    '/my/ssh',
    'me@host',
    'LD_LIBRARY_PATH=/a:/b',
    '/opt/flux',
    'relay',
    '/tmp/x',
  ]);
});

test('a relay that ends early is ECONNRESET, one that answers otherwise its errno', async () => {
  await expect(connectSsh('h/x', { FLUX_SSH: '/bin/false' })).rejects.toMatchObject({ code: 'ECONNRESET' });
  const env = { PATH: process.env['PATH'], FLUX_SSH: '/usr/bin/printf' };
  await expect(connectSsh('\\001/x', env)).rejects.toMatchObject({ code: 'EPERM' });
});

describe('a socket of this host', () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-ssh-'));
  const socket = path.join(dir, 'local');
  let server: Awaited<ReturnType<typeof bindSocket>>;
  beforeAll(async () => {
    server = await bindSocket({ path: socket, admit: () => (transport) => transport.close() });
  });
  afterAll(async () => {
    await server.close();
    fs.rmSync(dir, { recursive: true });
  });
  const host = os.hostname();
  const { username } = os.userInfo();

  test('is connected to without ssh', async () => {
    for (const name of [host, 'localhost', `${username}@${host.toUpperCase()}`]) {
      const transport = await connectSsh(`${name}${socket}`, { FLUX_SSH: '/nonexistent' });
      transport.close();
    }
  });

  test.each([
    ['another user', `not-${username}@${host}`, socket],
    ['a port', `${host}:22`, socket],
    ['another host', `not-${host}`, socket],
    ['a path where there is nothing', host, `${socket}x`],
    ['a path that is no socket', host, dir],
  ])('with %s is left to ssh', async (_, at, file) => {
    expect(await isLocal(parseSshUri(`${at}${file}`))).toBe(false);
  });

  test('is known by its name with and without its domain, where that resolves to it', async () => {
    expect(await isThisHost('127.0.0.1', '127.0.0.1.site')).toBe(true);
    expect(await isThisHost('192.0.2.1', '192.0.2.1.site')).toBe(false);
    expect(await isThisHost('NODE1', 'node1')).toBe(true);
    expect(await isThisHost('localhost.', 'x')).toBe(true);
    expect(await isThisHost('node1', 'node10')).toBe(false);
  });
});
