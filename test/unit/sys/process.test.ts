import fs from 'node:fs';
import { processGone, reap, watchExit } from '../../../core/sys/pidfd';
import { setProcessName } from '../../../core/sys/processname';
import { getLimit, resourceNames, setLimit, withLimit } from '../../../core/sys/rlimit';
import { resourceUsage } from '../../../core/sys/rusage';
import { signals } from '../../../core/sys/signals';
import { spawnProcess } from '../../../core/sys/spawn';
import { spawnStopped } from '../../../core/sys/stopped';
import { becomeSubreaper } from '../../../core/sys/subreaper';
import { getUmask } from '../../../core/sys/umask';
import { fixture, inTempDir, plainEnv, procStatus, readUntil, run, sh } from './run';

const node = (name: string, ...args: string[]): string[] => [process.execPath, fixture(name), ...args];

test('a subreaper gets and reaps the orphans of its descendants, and its children keep their watches', async () => {
  const { stdout, stderr } = await run(node('subreaper'));
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ orphanParent: true, orphanStatus: 7 << 8, childStatuses: Array(20).fill(3 << 8), left: [] });
});

test('becoming a subreaper can be undone', () => {
  becomeSubreaper()();
  expect(process.listenerCount('SIGCHLD')).toBe(0);
});

test('exec replaces the process, with default signals, open 0 to 2 and the inherited descriptors', async () => {
  const child = spawnProcess({
    argv: node('exec', 'sh', '-c', 'echo $$ "$X"; grep SigIgn /proc/self/status; echo three >&3; cat'),
    env: { ...plainEnv, X: 'x y' },
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
  });
  child.stdin!.end('input\n');
  const three = readUntil(child.stdio[3]!, (s) => s.includes('\n'));
  const printed = await readUntil(child.stdout!, (s) => s.includes('input'));
  expect(printed).toBe(`${child.pid} x y\nSigIgn:\t0000000000000000\ninput\n`);
  expect(await three).toBe('three\n');
  expect((await child.exited).status).toBe(0);
});

test('a failed exec throws and changes nothing', async () => {
  const { stdout } = await run(node('exec', 'no-such-program'));
  expect(stdout).toBe('ENOENT SigIgn:\t0000000001001000\n'); // SIGPIPE and SIGXFSZ are ignored again
});

test('a script without #! is run by the shell at exec', async () => {
  await inTempDir(async (dir) => {
    fs.writeFileSync(`${dir}/script`, 'echo script "$@"\n', { mode: 0o755 });
    expect((await run(node('exec', `${dir}/script`, 'a b'))).stdout).toBe('script a b\n');
  });
});

test('a child that is stopped at its exec is the program already, with its arguments and environment as given', async () => {
  const env = { ...plainEnv, 'BASH_FUNC_f%%': '() { :; }', 'a.b': 'x y', EMPTY: '' };
  const child = spawnStopped({ argv: ['sleep', '-1', '=', ''], env });
  const proc = (name: string) => fs.readFileSync(`/proc/${child.pid}/${name}`, 'utf8').split('\0').slice(0, -1);
  expect(fs.readlinkSync(`/proc/${child.pid}/exe`)).toBe(fs.realpathSync('/usr/bin/sleep'));
  expect(proc('cmdline')).toEqual(['sleep', '-1', '=', '']);
  expect(proc('environ').sort()).toEqual(
    Object.entries(env)
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
  );
  child.kill(signals.SIGKILL);
  expect((await child.exited).status).toBe(9);
});

test('a program that can’t be executed is not started stopped either', () => {
  const start = (program: string) => () => spawnStopped({ argv: [program], env: plainEnv });
  expect(start('no-such-program')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  expect(start('/etc/passwd')).toThrow(expect.objectContaining({ code: 'EACCES' }));
  expect(start('/tmp')).toThrow(expect.objectContaining({ code: 'EACCES' }));
});

test('a stopped child waits for SIGCONT before its program starts', async () => {
  await inTempDir(async (dir) => {
    const child = spawnStopped({ argv: ['touch', `${dir}/a b`], env: plainEnv });
    expect(procStatus(child.pid, 'State')).toBe('T (stopped)');
    expect(procStatus(child.pid, 'TracerPid')).toBe('0');
    expect(fs.existsSync(`${dir}/a b`)).toBe(false);
    child.kill(signals.SIGCONT);
    expect((await child.exited).status).toBe(0);
    expect(fs.existsSync(`${dir}/a b`)).toBe(true);
  });
});

test('the end of a process that is no child of ours is seen', async () => {
  const { stdout } = await sh('sleep 1000 >&- 2>&- & echo $!');
  const pid = Number(stdout);
  const gone = processGone(pid);
  process.kill(pid, 'SIGKILL');
  await gone;
  await processGone(2 ** 22 + 1); // there is none: at once
});

test('a closed watch says nothing, and the child is left to be reaped', async () => {
  const child = spawnProcess({ argv: ['sleep', '1000'], env: plainEnv });
  const watch = watchExit(child.pid, () => {
    throw new Error('closed watch fired');
  });
  watch.close();
  expect(reap(child.pid)).toBeUndefined();
  child.kill(signals.SIGKILL);
  expect((await child.exited).signal).toBe(9);
  expect(() => reap(child.pid)).toThrow('No child processes');
});

test('limits are read, set for a function, and inherited by what it spawns', async () => {
  for (const name of resourceNames) expect(getLimit(name).soft).toBeLessThanOrEqual(getLimit(name).hard);
  const before = getLimit('stack');
  const running = withLimit('stack', 1_048_576, () => sh('ulimit -s'));
  expect((await running).stdout).toBe('1024\n');
  expect(getLimit('stack')).toEqual(before);
  expect(() => setLimit('core', { soft: 2, hard: 1 })).toThrow('Invalid argument');
  expect(() => setLimit('core', { soft: -1 })).toThrow('Invalid argument');
});

test('limits of a child can be read', async () => {
  const child = withLimit('core', 0, () => spawnProcess({ argv: ['sleep', '1000'], env: plainEnv }));
  expect(getLimit('core', child.pid).soft).toBe(0);
  child.kill(signals.SIGKILL);
  await child.exited;
});

test('usage, umask and the name of the process are known', () => {
  expect(resourceUsage('self').utime).toBeGreaterThan(0);
  expect(resourceUsage('thread').utime).toBeLessThanOrEqual(resourceUsage('self').utime);
  expect(getUmask()).toBe(process.umask());
  const before = fs.readFileSync('/proc/thread-self/comm', 'utf8').trim();
  setProcessName('a-name-of-more-than-15-bytes');
  expect(fs.readFileSync('/proc/thread-self/comm', 'utf8')).toBe('a-name-of-more-\n');
  setProcessName(before);
});
