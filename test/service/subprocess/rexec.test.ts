import { type RemoteHandlers, RemoteProcess } from '../../../core/subprocess';
import { signals } from '../../../core/sys/signals';
import { type TestInstance, testInstance } from '../../../core/testing';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 3 });
});
afterAll(() => t.stop());

interface Ran {
  status: number;
  stdout: string;
  stderr: string;
}

async function run(argv: string[], { rank = 0, cwd = '/tmp', env = {} as Record<string, string>, stdin = '' } = {}): Promise<Ran> {
  const out: Record<string, string> = { stdout: '', stderr: '' };
  const remote: RemoteProcess = new RemoteProcess(
    t.flux,
    rank,
    { argv, cwd, env },
    {
      onRunning: () => {
        if (stdin) remote.write('stdin', Buffer.from(stdin));
        remote.end('stdin');
      },
      onOutput: (stream, data) => {
        out[stream] += data.toString();
      },
    },
  );
  return { status: await remote.completed, stdout: out['stdout']!, stderr: out['stderr']! };
}

describe('broker.rexec', () => {
  test('runs a process on any rank and brings its output', async () => {
    for (const rank of [0, 1, 2]) expect(await run(['echo', 'hi'], { rank })).toEqual({ status: 0, stdout: 'hi\n', stderr: '' });
  });

  test('brings the raw wait status: exit code, or the signal', async () => {
    expect((await run(['sh', '-c', 'exit 3'])).status).toBe(3 << 8);
    expect((await run(['sh', '-c', 'kill -9 $$'])).status).toBe(9);
  });

  test('gives its matchtag back when it ends, and when it can not be started', async () => {
    const nextTag = async () => {
      const stream = t.flux.stream('log.dmesg', { follow: false });
      for await (const _ of stream);
      return stream.matchtag;
    };
    const before = await nextTag();
    await run(['true']);
    await expect(run(['/no/such/program'])).rejects.toMatchObject({ code: 'ENOENT' });
    await run(['true'], { rank: 1 });
    expect(await nextTag()).toBe(before);
  });

  test('tells stdout and stderr apart', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2'])).toMatchObject({ stdout: 'out\n', stderr: 'err\n' });
  });

  test('writes standard input, and its end', async () => {
    expect((await run(['cat'], { rank: 2, stdin: 'a\nb' })).stdout).toBe('a\nb');
  });

  test('carries bytes that are no UTF-8', async () => {
    const chunks: Buffer[] = [];
    const remote = new RemoteProcess(
      t.flux,
      1,
      { argv: ['printf', '\\377\\000x'], cwd: '/' },
      { onOutput: (_, data) => void chunks.push(data) },
    );
    await remote.completed;
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([0xff, 0, 0x78]));
  });

  test('a program that does not exist is ENOENT, one that may not run EACCES, a rank that does not exist EHOSTUNREACH', async () => {
    await expect(run(['/nosuch'])).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(run(['/etc/passwd'])).rejects.toMatchObject({ code: 'EACCES' });
    await expect(run(['true'], { rank: 99 })).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  test('a directory that cannot be entered is told on stderr, and /tmp is taken', async () => {
    expect(await run(['pwd'], { cwd: '/nosuchdir' })).toEqual({
      status: 0,
      stdout: '/tmp\n',
      stderr: 'Could not change dir to /nosuchdir: No such file or directory. Going to /tmp instead\n',
    });
  });

  test('the environment is exactly the one given', async () => {
    expect((await run(['/usr/bin/env'], { env: { A: '1' } })).stdout.split('\n').filter((line) => !line.startsWith('FLUX_URI='))).toEqual([
      'A=1',
      '',
    ]);
  });

  test('a signal goes to the whole process group', async () => {
    let remote: RemoteProcess | undefined;
    const ended = await new Promise<number>((resolve, reject) => {
      remote = new RemoteProcess(
        t.flux,
        1,
        { argv: ['sh', '-c', 'sleep 60 & echo ready; wait'], cwd: '/' },
        {
          onOutput: () => remote!.kill(signals.SIGTERM).catch(reject),
        },
      );
      remote.completed.then(resolve, reject);
    });
    expect(ended).toBe(15);
    await expect(remote!.kill(signals.SIGTERM)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a list shows the processes with their senders', async () => {
    let pid = 0;
    const remote: RemoteProcess = new RemoteProcess(
      t.flux,
      2,
      { argv: ['cat'], cwd: '/' },
      {
        onRunning: async (p) => {
          pid = p.pid!;
          const { rank, procs } = await t.flux.rpc<{ rank: number; procs: { pid: number; sender: string }[] }>(
            'broker.rexec.processes',
            undefined,
            { nodeid: 2 },
          );
          expect(rank).toBe(2);
          expect(procs.map((proc) => proc.pid)).toContain(pid);
          remote.end('stdin');
        },
      },
    );
    expect(await remote.completed).toBe(0);
    expect(pid).toBeGreaterThan(0);
  });

  test('processes end with the client that started them', async () => {
    const client = await t.open(0);
    const pid = await new Promise<number>((resolve) => {
      new RemoteProcess(client, 1, { argv: ['sleep', '60'], cwd: '/' }, { onRunning: (p) => resolve(p.pid!) });
    });
    const { processGone } = await import('../../../core/sys/pidfd.js');
    const gone = processGone(pid);
    client.close();
    await gone;
  });

  describe('with channels', () => {
    const channelled = (argv: string[], handlers: RemoteHandlers, channels = true) =>
      new RemoteProcess(
        t.flux,
        1,
        { argv, cwd: '/', env: { PATH: process.env['PATH']! }, channels: ['SIDE'], capture: { channels } },
        handlers,
      );

    test('reads and writes a socket whose number stands in the environment', async () => {
      const got: string[] = [];
      const remote: RemoteProcess = channelled(['sh', '-c', 'read line <&$SIDE; echo "got $line" >&$SIDE; test $SIDE -ge 3'], {
        onRunning: (process) => process.write('SIDE', Buffer.from('hello\n')),
        onOutput: (stream, data) => void got.push(`${stream}: ${data}`),
        onEof: (stream) => void got.push(`${stream} ends`),
      });
      expect(await remote.completed).toBe(0);
      expect(got.filter((line) => line.startsWith('SIDE'))).toEqual(['SIDE: got hello\n', 'SIDE ends']);
    });

    test('drops what nobody wants of them', async () => {
      const got: string[] = [];
      const remote = channelled(['sh', '-c', 'echo lost >&$SIDE; echo kept'], { onOutput: (stream) => void got.push(stream) }, false);
      expect(await remote.completed).toBe(0);
      expect(got).toEqual(['stdout']);
    });
  });

  test('a stream that is not captured is closed in the process', async () => {
    const remote = new RemoteProcess(t.flux, 1, {
      argv: ['sh', '-c', 'echo x 2>/dev/null || exit 7'],
      cwd: '/',
      capture: { stdout: false },
    });
    expect(await remote.completed).toBe(7 << 8);
  });

  test('no descriptors but those of its streams are open', async () => {
    const { stdout } = await run(['sh', '-c', 'ls /proc/self/fd | wc -l'], { rank: 1 });
    expect(Number(stdout)).toBe(4); // 0 to 2, and the folder that is listed
  });

  describe('output is held', () => {
    const chunks = async (script: string, opts: Record<string, string>) => {
      const got: string[] = [];
      const remote = new RemoteProcess(
        t.flux,
        0,
        { argv: ['sh', '-c', script], cwd: '/', opts },
        { onOutput: (_, data) => void got.push(data.toString()) },
      );
      await remote.completed;
      return got;
    };

    test('until there is a line, or the end', async () => {
      expect(await chunks('printf a; printf b; printf c', {})).toEqual(['abc']);
    });

    test('not at all without line buffering', async () => {
      const got: string[] = [];
      const remote: RemoteProcess = new RemoteProcess(
        t.flux,
        0,
        { argv: ['sh', '-c', 'printf a; read x; printf b'], cwd: '/', opts: { stdout_LINE_BUFFER: 'false' } },
        {
          onOutput: (_, data) => {
            if (got.push(data.toString()) === 1) remote.end('stdin');
          },
        },
      );
      await remote.completed;
      expect(got).toEqual(['a', 'b']);
    });

    test('no longer than the buffer is large', async () => {
      expect((await chunks('printf 12345678', { stdout_BUFSIZE: '4' })).join('')).toBe('12345678');
    });

    test.each<Record<string, string>>([{ stdout_LINE_BUFFER: 'maybe' }, { stderr_BUFSIZE: 'x' }, { stdin_BUFSIZE: '0' }])(
      'a bad option is EINVAL: %j',
      async (opts) => {
        const remote = new RemoteProcess(t.flux, 0, { argv: ['true'], cwd: '/', opts });
        await expect(remote.completed).rejects.toMatchObject({ code: 'EINVAL' });
      },
    );
  });

  describe('input that goes nowhere', () => {
    test('beyond the buffer ends the process: EOVERFLOW', async () => {
      const remote: RemoteProcess = new RemoteProcess(
        t.flux,
        0,
        { argv: ['sleep', '600'], cwd: '/', opts: { stdin_BUFSIZE: '1000' } },
        {
          onRunning: (process) => {
            for (let i = 0; i < 1000; i++) process.write('stdin', Buffer.alloc(999, 0x78));
          },
        },
      );
      await expect(remote.completed).rejects.toMatchObject({ code: 'EOVERFLOW' });
    });

    test('into a stream the process has closed ends it: EPIPE', async () => {
      const remote: RemoteProcess = new RemoteProcess(
        t.flux,
        0,
        { argv: ['sh', '-c', 'exec <&-; echo closed; exec sleep 600'], cwd: '/' },
        { onOutput: () => remote.write('stdin', Buffer.from('x')) },
      );
      await expect(remote.completed).rejects.toMatchObject({ code: 'EPIPE' });
    });

    test('to an unknown process is only logged, its end not even that', async () => {
      const logged = () => t.brokers[0]!.log.entries.filter((line) => line.includes('no process 1'));
      const before = logged().length;
      for (const io of [
        { stream: 'stdin', rank: '0', data: 'x' },
        { stream: 'stdin', rank: '0', eof: true },
      ])
        t.flux.notify('broker.rexec.write', { pid: 1, io });
      await t.flux.rpc('broker.ping', {});
      expect(logged()).toHaveLength(before + 1);
    });

    test('that is malformed is one line in the log', async () => {
      for (const payload of [undefined, {}, { pid: 'x', io: {} }, { pid: 1, io: {} }]) {
        const before = t.brokers[0]!.log.entries.length;
        t.flux.notify('broker.rexec.write', payload);
        await t.flux.rpc('broker.ping', {});
        expect(t.brokers[0]!.log.entries.slice(before)).toEqual([expect.stringMatching(/ broker\.rexec\.write: Protocol error$/)]);
      }
    });
  });

  test('an empty environment stands for the broker’s own, without its launcher’s; FLUX_URI is always that of the broker', async () => {
    const { stdout } = await run(['/usr/bin/env']);
    expect(stdout).toContain(`PATH=${process.env['PATH']}`);
    expect(stdout).not.toMatch(/^(PMI_FD|PMI_RANK|FLUX_JOB_ID|FLUX_KVS_NAMESPACE)=/m);
  });

  test('what is no list of strings is EINVAL', async () => {
    const request = { on_channel_out: 0, on_stdout: 1, on_stderr: 1 };
    const good = { cwd: '/', cmdline: ['true'], env: {}, opts: {}, channels: [] };
    for (const bad of [{ cmdline: [1] }, { env: { A: 1 } }, { opts: { A: 1 } }, { channels: [1] }]) {
      const cmd = JSON.stringify({ ...good, ...bad });
      await expect(t.flux.stream('broker.rexec', { cmd, ...request }).next()).rejects.toMatchObject({ code: 'EINVAL' });
    }
  });

  test('each response has its type and rank, in the order of the contract', async () => {
    const cmd = JSON.stringify({ cwd: '/', cmdline: ['sh', '-c', 'printf x; exit 2'], env: {}, opts: {}, channels: [] });
    const stream = t.flux.stream('broker.rexec', { cmd, on_channel_out: 0, on_stdout: 1, on_stderr: 0 }, { nodeid: 2 });
    const seen: Record<string, unknown>[] = [];
    for await (const response of stream) if (seen.push(response) && response['type'] === 'complete') break;
    const pid = seen[1]!['pid'];
    expect(seen[0]).toEqual({ type: 'start', rank: 2 });
    expect(seen[1]).toEqual({ type: 'state', rank: 2, state: 2, pid });
    expect(seen.at(-1)).toEqual({ type: 'complete', rank: 2 });
    expect(seen.slice(2, -1)).toEqual(
      expect.arrayContaining([
        { type: 'output', rank: 2, pid, io: { stream: 'stdout', rank: '2', data: 'x' } },
        { type: 'output', rank: 2, pid, io: { stream: 'stdout', rank: '2', eof: true } },
        { type: 'state', rank: 2, state: 3, status: 2 << 8 },
      ]),
    );
    expect(seen).toHaveLength(6);
  });

  test('a malformed command is EPROTO and starts nothing', async () => {
    const request = { on_channel_out: 0, on_stdout: 1, on_stderr: 1 };
    for (const cmd of ['', 'x', '{}', '{"cwd":"/","cmdline":[],"env":{},"opts":{},"channels":[]}']) {
      await expect(t.flux.stream('broker.rexec', { cmd, ...request }).next()).rejects.toMatchObject({ code: 'EPROTO' });
    }
    await expect(t.flux.rpc('broker.rexec.signal', { pid: 1 })).rejects.toMatchObject({ code: 'EPROTO' });
    await expect(t.flux.rpc('broker.rexec.signal', { pid: 1, signum: 15 })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
