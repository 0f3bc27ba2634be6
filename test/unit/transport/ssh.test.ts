import { connectSsh, parseSshUri, sshCommand } from '../../../core/transport/ssh';

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
