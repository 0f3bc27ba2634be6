import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { type TestInstance, testInstance } from '../../core/testing';
import { connectLocal } from '../../core/transport';
import { type Ran, runFlux } from './processes';

// What flux_open(3) reads from the environment of any client (docs/protocol/wire.md §3), seen at real commands.
let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ rc1: true });
});
afterAll(() => t.stop());

const flux = (line: string, env: Record<string, string> = {}): Promise<Ran> =>
  runFlux(line.split(' '), { env: { FLUX_URI: t.uri(), ...env } });

describe('FLUX_HANDLE_TRACE', () => {
  test('dumps every message sent and received to stderr', async () => {
    const { stdout, stderr } = await flux('getattr size', { FLUX_HANDLE_TRACE: '1' });
    expect(stdout).toBe('1\n');
    const rule = '-'.repeat(38);
    expect(stderr.replace(/^([<>]) \d+\.\d{5}$/gm, '$1 TIME')).toBe(
      `${rule}\n> TIME\n> attr.get\n> flags=topic,payload,route userid=unknown rolemask=none nodeid=any matchtag=1\n> {"name":"size"}\n` +
        `${rule}\n< TIME\n< attr.get\n< flags=topic,payload,route userid=${process.getuid!()} rolemask=owner errnum=0 matchtag=1\n< {"value":"1","flags":1}\n`,
    );
  });

  test('any value turns it on', async () => {
    expect((await flux('getattr size', { FLUX_HANDLE_TRACE: '' })).stderr).toContain('> attr.get\n');
  });
});

describe('FLUX_HANDLE_USERID and FLUX_HANDLE_ROLEMASK', () => {
  test('are put into every message: what a guest may not do is refused', async () => {
    const env = { FLUX_HANDLE_USERID: '42', FLUX_HANDLE_ROLEMASK: '0x2' };
    expect(await flux('setattr foo bar', env)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('Operation not permitted'),
    });
    expect((await flux('getattr size', { ...env, FLUX_HANDLE_TRACE: '1' })).stderr).toContain(
      '> flags=topic,payload,route userid=42 rolemask=user nodeid=any matchtag=1\n',
    );
  });

  test('one alone leaves the other unknown or none', async () => {
    const trace = { FLUX_HANDLE_TRACE: '1' };
    expect((await flux('getattr size', { ...trace, FLUX_HANDLE_USERID: '42' })).stderr).toContain(
      '> flags=topic,payload,route userid=42 rolemask=none ',
    );
    expect((await flux('getattr size', { ...trace, FLUX_HANDLE_ROLEMASK: '1' })).stderr).toContain(
      '> flags=topic,payload,route userid=unknown rolemask=owner ',
    );
  });

  test.each<Record<string, string>>([
    { FLUX_HANDLE_USERID: 'x' },
    { FLUX_HANDLE_USERID: '-1' },
    { FLUX_HANDLE_USERID: '4294967296' },
    { FLUX_HANDLE_ROLEMASK: '0xg' },
    { FLUX_HANDLE_USERID: '42', FLUX_URI: 'loop://' },
  ])('%j is refused', async (env) => {
    expect(await flux('getattr size', env)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: 'flux: flux_open: Invalid argument\n',
    });
  });
});

test('FLUX_HANDLE_MATCHDEBUG tells at the end how many matchtags are in use, if any are', async () => {
  await flux('kvs eventlog append watched foo');
  const env = { FLUX_HANDLE_MATCHDEBUG: '1' };
  // leaves the loop over a stream that the service has not ended
  expect((await flux('kvs eventlog wait-event watched foo', env)).stderr).toBe('MATCHDEBUG: pool destroy with 1 allocated\n');
  expect((await flux('getattr size', env)).stderr).toBe('');
});

describe('FLUX_LOCAL_CONNECTOR_RETRY_COUNT', () => {
  test('says how often a command tries to connect', async () => {
    const env = { FLUX_URI: 'local:///nonexistent/socket', FLUX_LOCAL_CONNECTOR_RETRY_COUNT: '0' };
    expect((await flux('getattr size', env)).stderr).toBe('flux: flux_open: No such file or directory\n');
  });

  test('that is no number is refused', async () => {
    for (const count of ['x', '-1', '1.5', ''])
      expect((await flux('getattr size', { FLUX_LOCAL_CONNECTOR_RETRY_COUNT: count })).stderr).toBe('flux: flux_open: Invalid argument\n');
  });

  test('lets a client wait for a socket that is not there yet', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-retry-'));
    const socket = path.join(folder, 'local');
    const server = net.createServer((connection) => connection.end(Buffer.from([0])));
    try {
      await expect(connectLocal(socket, { retries: 0 })).rejects.toMatchObject({ code: 'ENOENT' });
      const connecting = connectLocal(socket, { retries: 5 }); // the first attempt finds nothing
      server.listen(socket);
      (await connecting).close();
    } finally {
      server.close();
      fs.rmSync(folder, { recursive: true });
    }
  });
});
