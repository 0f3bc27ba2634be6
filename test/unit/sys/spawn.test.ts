import fs from 'node:fs';
import path from 'node:path';
import { signals } from '../../../core/sys/signals';
import { spawnBlocking, spawnProcess } from '../../../core/sys/spawn';
import { inTempDir, plainEnv, readUntil, run, sh, text } from './run';

const write = (file: string, contents: string, mode = 0o755): void => {
  fs.writeFileSync(file, contents);
  fs.chmodSync(file, mode);
};
const codeOf = (f: () => unknown): unknown => {
  try {
    f();
  } catch (e) {
    return (e as { code?: unknown }).code;
  }
  return 'no error';
};
const start = (argv: string[], options = {}) => spawnProcess({ argv, env: plainEnv, ...options });

describe('the environment of a spawned process', () => {
  test('is exactly what was given', async () => {
    const { stdout } = await run(['/usr/bin/env'], { env: { A: '1', B: 'ü x', C: undefined } });
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual(['A=1', 'B=ü x']);
  });

  test('has default signal dispositions and an empty mask, though Node ignores SIGPIPE and SIGXFSZ', async () => {
    const { stdout } = await sh('grep ^Sig /proc/self/status');
    expect(stdout).toMatch(/SigBlk:\t0{16}\nSigIgn:\t0{16}\n/);
  });

  test('has umask and limits of ours', async () => {
    const { stdout } = await sh('umask; ulimit -n');
    expect(Number.parseInt(stdout, 8)).toBe(process.umask());
  });
});

describe('argv[0] of a spawned process', () => {
  test('is searched in the PATH of the child, not of the parent', async () => {
    await inTempDir(async (dir) => {
      write(path.join(dir, 'only-here'), '#!/bin/sh\necho found "$@"\n');
      const { stdout } = await run(['only-here', 'a b'], { env: { PATH: `/nonexistent:${dir}:/bin` } });
      expect(stdout).toBe('found a b\n');
      expect(codeOf(() => start(['only-here']))).toBe('ENOENT');
    });
  });

  test('is searched in /bin and /usr/bin without a PATH', async () => {
    expect((await run(['echo', 'x'], { env: {} })).stdout).toBe('x\n');
  });

  test('refers to the working directory of the child if it is relative', async () => {
    await inTempDir(async (dir) => {
      write(path.join(dir, 'prog'), '#!/bin/sh\npwd\n');
      expect((await run(['./prog'], { cwd: dir })).stdout).toBe(`${fs.realpathSync(dir)}\n`);
      expect((await run(['prog'], { cwd: dir, env: { PATH: '.' } })).stdout).toBe(`${fs.realpathSync(dir)}\n`);
    });
  });

  test('skips directories and files that may not be run, as execvp does', async () => {
    await inTempDir(async (dir) => {
      fs.mkdirSync(path.join(dir, 'a', 'tool'), { recursive: true });
      fs.mkdirSync(path.join(dir, 'b'));
      fs.mkdirSync(path.join(dir, 'c'));
      write(path.join(dir, 'b', 'tool'), '#!/bin/sh\necho b\n', 0o644);
      expect(codeOf(() => start(['tool'], { env: { PATH: `${dir}/a:${dir}/b` } }))).toBe('EACCES');
      write(path.join(dir, 'c', 'tool'), '#!/bin/sh\necho c\n');
      expect((await run(['tool'], { env: { PATH: `${dir}/a:${dir}/b:${dir}/c` } })).stdout).toBe('c\n');
    });
  });

  test('without #! is run by /bin/sh', async () => {
    await inTempDir(async (dir) => {
      write(path.join(dir, 'script'), 'echo script $1\n');
      expect((await run([path.join(dir, 'script'), 'arg'])).stdout).toBe('script arg\n');
    });
  });

  test('gives ENOENT, EACCES and EINVAL as synchronous errors', () => {
    expect(codeOf(() => start(['no-such-program']))).toBe('ENOENT');
    expect(codeOf(() => start(['/no/such/program']))).toBe('ENOENT');
    expect(codeOf(() => start(['']))).toBe('ENOENT');
    expect(codeOf(() => start(['/etc/passwd']))).toBe('EACCES');
    expect(codeOf(() => start(['/tmp']))).toBe('EACCES');
    expect(codeOf(() => start([]))).toBe('EINVAL');
    expect(codeOf(() => start(['echo', 'a\0b']))).toBe('EINVAL');
    expect(codeOf(() => start(['echo', 'x'.repeat(4_000_000)]))).toBe('E2BIG');
  });
});

describe('the working directory of a spawned process', () => {
  test('that does not exist is an error', () => {
    expect(codeOf(() => start(['true'], { cwd: '/no/such/dir' }))).toBe('ENOENT');
    expect(codeOf(() => start(['true'], { cwd: '/etc/passwd' }))).toBe('ENOTDIR');
    expect(codeOf(() => start(['true'], { cwd: '' }))).toBe('ENOENT');
  });

  test('falls back to /tmp with a word on the child’s stderr if asked', async () => {
    const { stdout, stderr } = await sh('pwd; echo more >&2', { cwd: '/no/such/dir', fallbackCwd: true });
    expect(stdout).toBe('/tmp\n');
    expect(stderr).toBe('Could not change dir to /no/such/dir: No such file or directory. Going to /tmp instead\nmore\n');
  });
});

describe('descriptors of a spawned process', () => {
  test('are the named ones only', async () => {
    const child = start(['sh', '-c', 'exec ls /proc/self/fd'], { stdio: ['pipe', 'pipe', 'pipe', undefined, 'socketpair', 'close'] });
    const stdout = await text(child.stdout);
    await child.exited;
    child.closeStdio();
    expect(stdout.split('\n').filter(Boolean)).toEqual(['0', '1', '2', '3', '4']); // 3 is ls's own
    expect(child.stdio.map((s) => s !== null)).toEqual([true, true, true, false, true, false]);
  });

  test('are inherited though Node sets CLOEXEC on 0 to 2', async () => {
    // our own stdin may be anything; that it is open in the child is what counts
    const { stdout } = await sh('for i in 0 1 2; do test -e /proc/self/fd/$i && echo $i; done', { stdio: ['inherit', 'pipe', 'inherit'] });
    expect(stdout).toBe('0\n1\n2\n');
  });

  test('carry data both ways over pipes and socket pairs above 2', async () => {
    const script = 'cat; read line <&3; echo "got $line" >&3; echo five >&5';
    const child = start(['sh', '-c', script], { stdio: ['pipe', 'pipe', 'inherit', 'socketpair', undefined, 'pipe'] });
    child.stdin!.end('input\n');
    child.stdio[3]!.write('line\n');
    const output = await Promise.all([child.stdout, child.stdio[3]!, child.stdio[5]!].map(text));
    expect(output).toEqual(['input\n', 'got line\n', 'five\n']);
    expect((await child.exited).status).toBe(0);
    child.stdio[3]!.destroy();
  });

  test('may be given in an order that overlaps their numbers', async () => {
    await inTempDir(async (dir) => {
      const a = fs.openSync(path.join(dir, 'a'), 'w+');
      const b = fs.openSync(path.join(dir, 'b'), 'w+');
      const stdio: ({ fd: number } | 'close')[] = Array.from({ length: Math.max(a, b) + 1 }, () => 'close');
      stdio[a] = { fd: b };
      stdio[b] = { fd: a };
      stdio[1] = { fd: a };
      const { exit } = await sh(`echo one; echo swapped >/proc/self/fd/${a}`, { stdio });
      fs.closeSync(a);
      fs.closeSync(b);
      expect(exit.status).toBe(0);
      expect(fs.readFileSync(path.join(dir, 'a'), 'utf8')).toBe('one\n');
      expect(fs.readFileSync(path.join(dir, 'b'), 'utf8')).toBe('swapped\n');
    });
  });

  test('of one child do not leak into another', async () => {
    const first = start(['cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
    const second = start(['cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
    first.stdin!.end(); // were a copy of it in the second child, the first would never see the end
    expect((await first.exited).status).toBe(0);
    second.stdin!.end();
    expect((await second.exited).status).toBe(0);
    first.closeStdio();
    second.closeStdio();
  });

  test('take more output than a pipe holds', async () => {
    const { stdout } = await sh('head -c 3000000 /dev/zero');
    expect(stdout.length).toBe(3_000_000);
  });
});

describe('the end of a spawned process', () => {
  test.each([
    ['exit 0', 0, 0, undefined],
    ['exit 3', 0x300, 3, undefined],
    ['exit 255', 0xff00, 255, undefined],
    ['kill -TERM $$', 15, undefined, 15],
    ['kill -KILL $$', 9, undefined, 9],
    ['kill -PIPE $$', 13, undefined, 13],
    ['kill -XFSZ $$', 25, undefined, 25],
  ])('by %s has the exact wait status', async (script, status, code, signal) => {
    const { exit } = await sh(`ulimit -c 0; ${script}`);
    expect({ ...exit, usage: undefined }).toEqual({ status, code, signal, usage: undefined });
  });

  test('tells what it used', async () => {
    const { exit } = await sh('i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done');
    expect(exit.usage.utime + exit.usage.stime).toBeGreaterThan(0);
    expect(exit.usage.maxrss).toBeGreaterThan(0);
  });

  test('makes further signals ESRCH', async () => {
    const child = start(['true']);
    await child.exited;
    expect(child.running).toBe(false);
    expect(codeOf(() => child.kill(signals.SIGTERM))).toBe('ESRCH');
  });
});

describe('process groups', () => {
  test('a group of its own is killed with its grandchildren', async () => {
    const child = start(['sh', '-c', 'sleep 1000 & sleep 1000 & echo ready; wait'], { pgroup: 'new', stdio: ['ignore', 'pipe'] });
    await readUntil(child.stdout!, (s) => s.includes('ready'));
    expect(child.pgid).toBe(child.pid);
    const closed = text(child.stdout); // ends when the last holder of the pipe has gone
    child.killGroup(signals.SIGKILL);
    expect((await child.exited).signal).toBe(9);
    await closed;
  });

  test('a group can be joined', async () => {
    const leader = start(['sleep', '1000'], { pgroup: 'new' });
    const member = start(['sleep', '1000'], { pgroup: leader.pid });
    leader.killGroup(signals.SIGTERM);
    expect((await member.exited).signal).toBe(15);
    expect((await leader.exited).signal).toBe(15);
  });

  test('the leader’s group can be killed after the leader', async () => {
    const child = start(['sh', '-c', 'sleep 1000 & echo ready'], { pgroup: 'new', stdio: ['ignore', 'pipe'] });
    await child.exited;
    const closed = text(child.stdout);
    child.killGroup(signals.SIGKILL);
    expect(await closed).toBe('ready\n');
  });

  test('a session has no controlling terminal', async () => {
    const { stdout, exit } = await sh('echo $$ $(cut -d" " -f5,6,7 /proc/$$/stat)', { session: true });
    const [pid, pgrp, session, terminal] = stdout.trim().split(' ');
    expect([pgrp, session, terminal]).toEqual([pid, pid, '0']);
    expect(exit.code).toBe(0);
  });

  test('without a group of its own killGroup is refused', async () => {
    const child = start(['sleep', '1000']);
    expect(codeOf(() => child.killGroup(signals.SIGKILL))).toBe('EINVAL');
    child.kill(signals.SIGKILL);
    await child.exited;
  });
});

test('a spawn works while the heap is large', async () => {
  const heap = Array.from({ length: 40 }, (_, i) => Array.from({ length: 100_000 }, (_, j) => ({ i, j })));
  expect((await run(['echo', 'x'])).stdout).toBe('x\n');
  expect(heap.length).toBe(40);
});

test('spawnBlocking waits with the thread, and gives how the program ended', () => {
  const run = (script: string) => spawnBlocking({ argv: ['sh', '-c', script], env: plainEnv }).wait();
  expect(run('exit 3')).toMatchObject({ code: 3, signal: undefined });
  expect(run('kill -9 $$')).toMatchObject({ code: undefined, signal: 9 });
  expect(codeOf(() => spawnBlocking({ argv: ['/no/such'], env: plainEnv }))).toBe('ENOENT');
});
