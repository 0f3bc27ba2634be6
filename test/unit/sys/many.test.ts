import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type ChildExit, watchExit } from '../../../core/sys/pidfd';
import { spawnProcess } from '../../../core/sys/spawn';
import { children, finish, fixture, openFds, plainEnv } from './run';

const quick = () => spawnProcess({ argv: ['sh', '-c', 'echo x'], env: plainEnv, stdio: ['pipe', 'pipe', 'pipe', 'socketpair'] });

async function runQuick(): Promise<number> {
  const child = quick();
  const { exit, stdout } = await finish(child);
  expect(stdout).toBe('x\n');
  child.closeStdio();
  await Promise.all(child.stdio.map(async (s) => s && !s.closed && once(s, 'close')));
  return exit.status;
}

test('300 quick spawns leave no descriptor and no zombie behind', async () => {
  await runQuick();
  const before = openFds().length;
  const childrenBefore = children();
  for (let i = 0; i < 20; i++) expect(await Promise.all(Array.from({ length: 15 }, runQuick))).toEqual(Array(15).fill(0));
  expect(openFds().length).toBe(before);
  expect(children()).toEqual(childrenBefore);
});

test('failed spawns leave no descriptor behind', async () => {
  await runQuick();
  const before = openFds().length;
  for (let i = 0; i < 50; i++) {
    const stdio = ['pipe', 'pipe', 'pipe', 'socketpair'] as const;
    expect(() => spawnProcess({ argv: ['no-such-program'], env: plainEnv, stdio })).toThrow('No such file or directory');
    expect(() => spawnProcess({ argv: ['true'], env: plainEnv, stdio: [...stdio, { fd: 9999 }] })).toThrow('Bad file descriptor');
  }
  expect(openFds().length).toBe(before);
});

test('spawning works in several worker threads at once', async () => {
  const workers = [1, 2, 3].map((n) => new Worker(fixture('spawn-worker'), { workerData: n }));
  const ends = Promise.all(workers.map((w) => once(w, 'exit')));
  const replies = await Promise.all(workers.map((w) => once(w, 'message')));
  await ends;
  expect(replies).toEqual([1, 2, 3].map((n) => [Array.from({ length: 20 }, (_, i) => ({ output: `${n} ${i}\n`, code: n }))]));
  expect(children().filter((c) => c.endsWith('Z'))).toEqual([]);
});

test('a worker that ends while its child runs does no harm', async () => {
  const worker = new Worker(fixture('spawn-worker'), { workerData: 0 });
  const [[pid]] = (await once(worker, 'message')) as [[number]];
  await worker.terminate();
  const ended = new Promise<ChildExit>((resolve) => watchExit(pid, resolve)); // any thread may take it over
  process.kill(pid, 'SIGKILL');
  expect((await ended).signal).toBe(9);
  await runQuick();
});
