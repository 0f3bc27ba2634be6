import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import exec from '../../../cli/commands/exec';
import { spawnProcess } from '../../../core/sys/spawn';
import { type TestInstance, testInstance } from '../../../core/testing';
import { type CommandResult, type RunOptions, runCli } from '../../support/command';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 3, connectors: true });
});
afterAll(() => t.stop());

const run = (argv: string[], options: RunOptions = {}): Promise<CommandResult> =>
  runCli(exec, argv, { ...options, env: { PATH: process.env['PATH'], FLUX_URI: t.uri() } });

/** A program that ignores SIGINT: `ready` resolves when it runs on both of two ranks. */
async function stubborn(): Promise<{ argv: string[]; ready: Promise<unknown> }> {
  const dir = fs.mkdtempSync(path.join(t.rundir, 'fifo-'));
  const fifos = ['a', 'b'].map((name) => path.join(dir, name));
  await spawnProcess({ argv: ['mkfifo', ...fifos], env: process.env }).exited;
  // Each takes the fifo that it can lock away.
  const script = `trap "" INT; for f in a b; do mkdir ${dir}/lock-$f 2>/dev/null && break; done; echo up >${dir}/$f; exec sleep 100`;
  return { argv: ['-n', '-r', '0-1', 'sh', '-c', script], ready: Promise.all(fifos.map((fifo) => fs.promises.readFile(fifo))) };
}

test('lines are labelled with their rank; the last one needs no newline', async () => {
  const { stdout } = await run(['-n', '-l', '-r', '1', 'printf', 'a\\nb']);
  expect(stdout).toBe('1: a\n1: b');
});

test('standard input goes to all ranks, and its end', async () => {
  const { stdout, status } = await run(['wc', '-c'], { stdin: 'x'.repeat(100_000) });
  expect([stdout, status]).toEqual(['100000\n'.repeat(3), 0]);
});

test('--exclude takes ids out from the first to the last', async () => {
  expect((await run(['-n', '-l', '-x', '1', 'echo', 'hi'])).stdout.split('\n').sort()).toEqual(['', '0: hi', '2: hi']);
  expect((await run(['-n', '-l', '-x', '0,2', 'echo', 'hi'])).stdout).toBe('');
});

test('a folder that is not there is said by the process, which runs in /tmp', async () => {
  expect(await run(['-n', '-r', '1', '-d', '/nonexist', 'pwd'])).toEqual({
    status: 0,
    stdout: '/tmp\n',
    stderr: 'Could not change dir to /nonexist: No such file or directory. Going to /tmp instead\n',
  });
});

test('failures are gathered by kind; the largest code wins', async () => {
  const { stderr, status } = await run(['-n', '-r', '0-2,9', 'sh', '-c', 'exit 3']);
  expect([stderr, status]).toEqual(['flux-exec: Error: rank 9: sh: No route to host\n[0-2]: Exit 3\n', 68]);
});

test('an interrupt is handed on; at the third within a second the command gives up, saying what still runs', async () => {
  const signals = new EventEmitter();
  const { argv, ready } = await stubborn();
  const running = run(argv, { signals });
  await ready;
  for (let i = 0; i < 3; i++) signals.emit('SIGINT', 'SIGINT');
  expect(await running).toEqual({
    status: 1,
    stdout: '',
    stderr: 'interrupt (Ctrl+C) one more time within 1.00 sec to exit\n[0-1]: command still running at exit\n',
  });
});

test('SIGTERM is handed on, and -v says so', async () => {
  const signals = new EventEmitter();
  const { argv, ready } = await stubborn();
  const running = run(['-v', ...argv], { signals });
  await ready;
  signals.emit('SIGTERM', 'SIGTERM');
  const { stderr, status } = await running;
  expect(status).toBe(143);
  expect(stderr.replace(/[\d.]+ms/g, 'Tms')).toBe(
    'Tms: Starting sh on [0-1]\nTms: Sent all requests\nsending signal 15 to 2 running processes\n' +
      'Tms: 2 tasks complete with code 143\n[0-1]: Terminated\n',
  );
});
