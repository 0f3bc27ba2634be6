import { signals } from '../../../core/sys/signals';
import { type TestInstance, testInstance } from '../../../core/testing';
import { Jobs } from '../../support/jobs';

// Whoever waits for a shell that is no more would wait for this.
const config = { exec: { 'kill-timeout': '1h' } };

let t: TestInstance;
let jobs: Jobs;
beforeAll(async () => {
  t = await testInstance({ size: 2, rc1: true, config });
  jobs = new Jobs(t);
});
afterAll(() => t.stop());

/** A job with a task on each rank, which has told its parent's pid: by rank. */
async function spread(options: Parameters<Jobs['submit']>[0] = {}): Promise<{ id: bigint; shells: number[] }> {
  const id = await jobs.submit({
    nnodes: 2,
    ntasks: 2,
    command: ['sh', '-c', 'echo rank$FLUX_TASK_RANK $PPID; sleep 1000 & wait'],
    ...options,
  });
  const printed = await Promise.all([0, 1].map((rank) => jobs.printed(id, `rank${rank} `)));
  await jobs.execEvent(id, 'shell.start');
  return { id, shells: printed.map((line) => Number(line.trim().split(' ')[1])) };
}

test.each([
  ['the shell host of the leader', 0, {}],
  ['the shell host of another rank', 1, {}],
  ['the leader’s shell, a process of its own,', 0, { options: { mpi: 'none' } }],
  ['another shell, a process of its own,', 1, { options: { mpi: 'none' } }],
])('%s is killed: the job gets an exception, ends, and gives its resources back', async (_, rank, options) => {
  const { id, shells } = await spread(options);
  process.kill(shells[rank]!, signals.SIGKILL);
  const { events } = await jobs.end(id);
  expect(events.find(({ name }) => name === 'exception')!.context).toMatchObject({
    type: 'exec',
    severity: 0,
    note: expect.stringMatching(new RegExp(`^job shell on broker .* \\(rank ${rank}\\) was killed by signal 9$`)),
  });
  expect(events.map(({ name }) => name).slice(-4)).toEqual(['finish', 'release', 'free', 'clean']);
  expect(await jobs.run({ nnodes: 2, ntasks: 2 })).toMatchObject({ status: 0 });
});

test('a job of one shell ends with the signal that killed it', async () => {
  const id = await jobs.submit({ command: ['sh', '-c', 'echo pid $PPID; sleep 1000 & wait'] });
  const shell = Number((await jobs.printed(id, 'pid ')).slice(4));
  await jobs.execEvent(id, 'shell.start');
  process.kill(shell, signals.SIGKILL);
  expect(await jobs.end(id)).toMatchObject({ status: 9 });
});
