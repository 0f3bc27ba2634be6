import { PassThrough } from 'node:stream';
import type { Flux } from '../../../core/handle';
import { Role } from '../../../core/message';
import type { FluxError } from '../../../core/sys/errors';
import { spawnProcess } from '../../../core/sys/spawn';
import { PtyClient, runTerminal, type SessionExit, type SessionList, type Terminal, TerminusServer } from '../../../core/terminus';
import { Hub } from './hub';

const UID = 1000;
const T = '1000-terminus';
const winsize = { rows: 24, cols: 100 };
const env = { PATH: '/usr/local/bin:/usr/bin:/bin', SHELL: '/bin/sh', TERM: 'dumb' };

let hub: Hub;
let server: TerminusServer;
let client: Flux;
let emptied: number;

beforeEach(() => {
  hub = new Hub();
  emptied = 0;
  server = new TerminusServer({
    service: T,
    rank: 3,
    userid: UID,
    env,
    cwd: '/',
    serve: (method, handler) => hub.server.serve(`${T}.${method}`, { roles: ['any'] }, handler),
    onEmpty: () => void emptied++,
  });
  client = hub.client(UID);
});

afterEach(async () => {
  await server.close();
  hub.close();
});

const start = (...cmd: string[]) => client.rpc<{ id: number; name: string; pty_service: string }>(`${T}.new`, { cmd });
const list = () => client.rpc<SessionList>(`${T}.list`);
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (e: FluxError) => e.code,
  );

/** All of a session's output to its end. */
async function finish(pty: PtyClient): Promise<{ output: string; exit: SessionExit }> {
  let output = '';
  const exit = await pty.run((data) => {
    output += data;
  });
  return { output, exit };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Waits until the list of sessions is as wanted. */
async function listed(wanted: (sessions: SessionList['sessions']) => boolean): Promise<void> {
  while (!wanted((await list()).sessions)) await turn();
}

/** Resolves once the output so far has `text` in it; the rest is for `done`. */
function watch(pty: PtyClient) {
  let output = '';
  let wake = () => {};
  const done = pty.run((data) => {
    output += data;
    wake();
  });
  const until = async (text: string) => {
    while (!output.includes(text))
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return output;
  };
  return { done, until };
}

describe('new and list', () => {
  test('a session has the lowest free id, its first word as name, and is listed', async () => {
    expect(await start('sleep', '100')).toEqual({ name: 'sleep', pty_service: `${T}.0`, id: 0 });
    expect(await client.rpc(`${T}.new`, { cmd: ['cat'], name: 'foo' })).toEqual({ name: 'foo', pty_service: `${T}.1`, id: 1 });
    await client.rpc(`${T}.kill`, { id: 0, signal: 9, wait: 1 });
    expect((await start('cat')).id).toBe(0);
    const { server: info, sessions } = await list();
    expect(info).toEqual({ service: T, rank: 3, ctime: expect.closeTo(Date.now() / 1000, -2) });
    expect(sessions.map(({ id, name, clients, exited }) => ({ id, name, clients, exited }))).toEqual([
      { id: 0, name: 'cat', clients: 0, exited: 0 },
      { id: 1, name: 'foo', clients: 0, exited: 0 },
    ]);
    expect(sessions[0]!.pid).toBeGreaterThan(1);
  });

  test('without a command the shell of the environment runs, in the directory and environment asked for', async () => {
    const { name } = await client.rpc<{ name: string }>(`${T}.new`, { environ: { PATH: env.PATH, X: 'y' }, cwd: '/tmp' });
    expect(name).toBe('/bin/sh');
    const pty = await PtyClient.attach(client, `${T}.0`, { winsize });
    const { done, until } = watch(pty);
    await pty.write('echo "<$X$FLUX_TERMINUS_SESSION$PWD>"; exit 3\n');
    await until('<y0/tmp>');
    expect((await done).status).toBe(3 << 8);
  });

  test('a command that can’t be run is named, and leaves nothing', async () => {
    await expect(start('/no/such')).rejects.toMatchObject({ code: 'ENOENT', text: 'failed to run /no/such' });
    await expect(client.rpc(`${T}.new`, { cmd: 'x' })).rejects.toMatchObject({ code: 'EPROTO', text: 'failed to parse cmd field' });
    expect((await list()).sessions).toEqual([]);
    expect(emptied).toBe(1);
  });
});

describe('attach', () => {
  test('gives the output until then and from then on, the exit status, and the end of the stream', async () => {
    await start('sh', '-c', 'echo before; read x; echo "got=$x"; exit 3');
    const pty = await PtyClient.attach(client, `${T}.0`, { winsize });
    const { done, until } = watch(pty);
    await until('before\r\n');
    await pty.write('hello\n');
    expect(await until('got=hello\r\n')).toBe('before\r\nhello\r\ngot=hello\r\n');
    expect(await done).toEqual({ type: 'exit', message: 'session exiting', status: 3 << 8 });
    expect(server.size).toBe(0);
    expect(emptied).toBe(1);
  });

  test('loses no output of a program that ends at once, however late the client', async () => {
    await start('sh', '-c', 'i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); done; exit 7');
    await listed(([session]) => session!.exited === 1);
    const { output, exit } = await finish(await PtyClient.attach(client, `${T}.0`, { winsize }));
    expect(output.split('\r\n').slice(-2)).toEqual(['line 99', '']);
    expect(exit.status).toBe(7 << 8);
    expect((await list()).sessions).toEqual([]);
  });

  test('a long output arrives whole, in pieces of at most 4096 bytes, characters unbroken', async () => {
    await start('sh', '-c', 'i=0; while [ $i -lt 3000 ]; do echo "ä€😀$i"; i=$((i+1)); done');
    const pty = await PtyClient.attach(client, `${T}.0`, { winsize });
    const pieces: string[] = [];
    await pty.run((data) => pieces.push(data));
    expect(pieces.join('')).toBe(Array.from({ length: 3000 }, (_, i) => `ä€😀${i}\r\n`).join(''));
    expect(Math.max(...pieces.map((piece) => Buffer.byteLength(piece)))).toBeLessThan(4096 + 4);
  });

  test('sets the terminal’s size, and a client of the same size makes the program draw again', async () => {
    await start('sh', '-c', 'trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done');
    const pty = await PtyClient.attach(client, `${T}.0`, { mode: 'ro' });
    const { done, until } = watch(pty);
    await until('ready');
    const other = await PtyClient.attach(hub.client(UID), `${T}.0`, { winsize });
    await until('24 100');
    const seen = (await until('24 100')).length;
    await other.resize(winsize);
    while ((await until('24 100')).slice(seen).indexOf('24 100') < 0) await turn();
    await pty.resize({ rows: 5, cols: 6 });
    await until('5 6');
    await pty.detach();
    await done;
  });

  test('one that watches can’t type, one that types sees nothing', async () => {
    await start('cat');
    const watcher = await PtyClient.attach(client, `${T}.0`, { mode: 'ro' });
    const typist = await PtyClient.attach(hub.client(UID), `${T}.0`, { mode: 'wo' });
    const seen = watch(watcher);
    const typed = watch(typist);
    await watcher.write('no\n');
    await typist.write('yes\n');
    expect(await seen.until('yes\r\nyes\r\n')).toBe('yes\r\nyes\r\n');
    expect((await list()).sessions[0]!.clients).toBe(2);
    await typist.detach();
    expect(await typed.done).toEqual({ type: 'exit', message: 'Client requested detach', status: 0 });
    expect((await list()).sessions[0]!.clients).toBe(1);
    await watcher.detach();
    await seen.done;
    expect(await typed.until('')).toBe('');
  });

  test('bad requests are refused', async () => {
    await start('cat');
    const first = async (payload: object) => (await client.stream(`${T}.0`, payload).next()).value;
    expect(await code(first({ type: 'attach', mode: 'xx', winsize }))).toBe('EPROTO');
    expect(await code(first({ type: 'attach', mode: 'rw' }))).toBe('EPROTO');
    expect(await code(first({ type: 'attach', mode: 'rw', winsize: { rows: 0, cols: 1 } }))).toBe('EINVAL');
    expect(await code(client.rpc(`${T}.0`, { type: 'attach', mode: 'ro' }))).toBe('EPROTO');
    expect(await code(client.rpc(`${T}.0`, { mode: 'ro' }))).toBe('EPROTO');
    expect(await code(client.rpc(`${T}.0`, { type: 'data', data: 'x' }))).toBe('ENOENT');
    expect(await code(client.rpc(`${T}.0`, { type: 'frob' }))).toBe('ENOENT');
    const pty = await PtyClient.attach(client, `${T}.0`, { winsize });
    expect(await code(client.rpc(`${T}.0`, { type: 'frob' }))).toBe('ENOSYS');
    expect(await code(PtyClient.attach(client, `${T}.0`, { winsize }))).toBe('EEXIST');
    expect(await code(PtyClient.attach(client, `${T}.9`, { winsize }))).toBe('ENOSYS');
    const done = finish(pty);
    await pty.detach();
    await done;
  });

  test('output waits in the terminal while nobody is attached', async () => {
    await start('sh', '-c', 'read a; echo one; read b; echo two; read c');
    const pty = await PtyClient.attach(client, `${T}.0`, { winsize });
    const first = watch(pty);
    await pty.write('a\n');
    await first.until('one\r\n');
    await pty.write('b\n');
    await pty.detach();
    const seen = await first.done.then(() => first.until(''));
    const again = watch(await PtyClient.attach(client, `${T}.0`, { winsize }));
    if (!seen.includes('two')) await again.until('two');
    await client.rpc(`${T}.kill`, { id: 0, signal: 9 });
    expect((await again.done).status).toBe(9);
  });
});

describe('users', () => {
  test('nobody but the server’s user gets in, the instance owner neither', async () => {
    await start('cat');
    const other = hub.client(1001);
    for (const topic of ['list', 'new', 'kill', 'kill-server', '0']) expect(await code(other.rpc(`${T}.${topic}`, {}))).toBe('EPERM');
    expect(await code(hub.client(UID, Role.user).rpc(`${T}.list`))).toBe('no error');
  });

  test('a client that is gone is forgotten', async () => {
    await start('cat');
    const gone = hub.client(UID);
    await PtyClient.attach(gone, `${T}.0`, { winsize });
    expect((await list()).sessions[0]!.clients).toBe(1);
    gone.close();
    await listed(([session]) => session!.clients === 0);
  });
});

describe('kill', () => {
  test('with wait it is answered by the exit, and the session is gone', async () => {
    await start('cat');
    expect(await client.rpc(`${T}.kill`, { id: 0, signal: 15, wait: 1 })).toEqual({ type: 'exit', message: 'session exiting', status: 15 });
    expect(await code(client.rpc(`${T}.kill`, { id: 0, signal: 9 }))).toBe('ENOENT');
    expect(emptied).toBe(1);
  });

  test('without wait the exited session waits for a client', async () => {
    await start('cat');
    await client.rpc(`${T}.kill`, { id: 0, signal: 9 });
    await listed(([session]) => session!.exited === 1);
    expect((await finish(await PtyClient.attach(client, `${T}.0`, { winsize }))).exit.status).toBe(9);
  });

  test('it reaches the foreground group, too', async () => {
    await start('sh', '-mc', 'trap : INT; sh -c "trap \\"exit 5\\" INT; echo ready; while :; do sleep 0.02; done"; exit $?');
    const pty = await PtyClient.attach(client, `${T}.0`, { winsize });
    const { done, until } = watch(pty);
    await until('ready');
    await client.rpc(`${T}.kill`, { id: 0, signal: 2 });
    expect((await done).status).toBe(5 << 8);
  });

  test('kill-server ends every session, and clients hear of it', async () => {
    await start('cat');
    await start('sleep', '100');
    const pty = await PtyClient.attach(client, `${T}.1`, { winsize });
    const done = pty.run(() => {});
    await client.rpc(`${T}.kill-server`);
    expect((await done).status).toBe(9);
    expect(server.size).toBe(0);
    expect(emptied).toBe(1);
  });
});

describe('a session of a program that someone else runs', () => {
  test('runs on its terminal and ends with the status given', async () => {
    const session = server.open('task0');
    const attached = watch(await PtyClient.attach(client, `${T}.0`, { winsize }));
    expect((await list()).sessions[0]).toMatchObject({ name: 'task0', pid: -1, exited: 0 });
    const child = spawnProcess({ argv: ['sh', '-c', 'tty; stty size; exit 4'], env, terminal: session.terminal });
    session.pid = child.pid;
    session.exited((await child.exited).status);
    expect((await attached.done).status).toBe(4 << 8);
    expect(await attached.until('')).toBe(`${session.terminal}\r\n24 100\r\n`);
  });
});

describe('runTerminal', () => {
  function terminal() {
    const input = new PassThrough();
    const calls: string[] = [];
    let shown = '';
    let onResize = () => {};
    const side: Terminal = {
      input,
      write: (data) => {
        shown += data;
      },
      size: () => ({ rows: 7, cols: 9 }),
      onResize: (handler) => {
        onResize = handler;
        return () => void calls.push('undo resize');
      },
      raw: () => {
        calls.push('raw');
        return () => void calls.push('cooked');
      },
      onError: (e) => calls.push(e.message),
    };
    return { side, input, calls, shown: () => shown, resize: () => onResize() };
  }

  test('types, shows, follows the size, and says at the end why it ended', async () => {
    await start('sh', '-c', 'stty -echo; echo ready; read x; stty size; exit 2');
    const user = terminal();
    const done = runTerminal(await PtyClient.attach(client, `${T}.0`, { winsize }), user.side);
    while (!user.shown().includes('ready')) await turn();
    user.resize();
    user.input.write('x\n');
    expect((await done).status).toBe(2 << 8);
    expect(user.shown()).toBe('ready\r\n7 9\r\n\x1b[999H[detached: session exiting]\x1b[K\n\r\x1b[?25h');
    expect(user.calls).toEqual(['raw', 'undo resize', 'cooked']);
  });

  test('bytes that are no UTF-8 are not typed, and told of; a character may come in pieces', async () => {
    await start('sh', '-c', 'stty -echo; echo ready; read x; echo "got $x"');
    const user = terminal();
    const done = runTerminal(await PtyClient.attach(client, `${T}.0`, { winsize }), user.side);
    while (!user.shown().includes('ready')) await turn();
    for (const piece of [[0x61, 0xe9, 0x62], [0xc3], [0xa9], [0x0a]]) {
      user.input.write(Buffer.from(piece));
      await turn();
    }
    await done;
    expect(user.shown()).toContain('got é\r\n');
    expect(user.calls).toContain('input that is no UTF-8 was not typed');
  });

  test('Ctrl-\\ as the first byte detaches, elsewhere it is typed', async () => {
    await start('cat', '-v');
    const user = terminal();
    const done = runTerminal(await PtyClient.attach(client, `${T}.0`, { winsize }), {
      ...user.side,
      raw: undefined,
    } as unknown as Terminal);
    user.input.write('a\x1c');
    user.input.write('\x1c');
    expect((await done).message).toBe('Client requested detach');
    expect(user.shown()).toContain('[detached: Client requested detach]');
    expect(user.shown()).not.toContain('\x1b[?25h');
  });
});
