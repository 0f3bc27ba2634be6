import { RemoteProcess } from '../../../core/subprocess';
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
          onOutput: () => remote!.kill(15).catch(reject),
        },
      );
      remote.completed.then(resolve, reject);
    });
    expect(ended).toBe(15);
    await expect(remote!.kill(15)).rejects.toMatchObject({ code: 'ENOENT' });
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

  test('a malformed command is EPROTO and starts nothing', async () => {
    const request = { on_channel_out: 0, on_stdout: 1, on_stderr: 1 };
    for (const cmd of ['', 'x', '{}', '{"cwd":"/","cmdline":[],"env":{},"opts":{},"channels":[]}']) {
      await expect(t.flux.stream('broker.rexec', { cmd, ...request }).next()).rejects.toMatchObject({ code: 'EPROTO' });
    }
    await expect(t.flux.rpc('broker.rexec.signal', { pid: 1 })).rejects.toMatchObject({ code: 'EPROTO' });
    await expect(t.flux.rpc('broker.rexec.signal', { pid: 1, signum: 15 })).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
