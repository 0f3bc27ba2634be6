import job from '../../../cli/commands/job';
import { Flux } from '../../../core/handle';
import { type TestInstance, testInstance } from '../../../core/testing';
import { runCli } from '../../support/command';

const entry = (timestamp: number, name: string, context?: object) => ({ event: `${JSON.stringify({ timestamp, name, context })}\n` });

/** The eventlogs of a job that printed two lines and returned 3. */
const eventlogs: Record<string, object[]> = {
  eventlog: [entry(0, 'submit', { userid: 0 }), entry(1, 'start'), entry(2, 'finish', { status: 3 << 8 }), entry(3, 'clean')],
  'guest.exec.eventlog': [
    entry(1, 'shell.init', { service: 'none', 'leader-rank': 0, size: 1 }),
    entry(2, 'complete', { status: 3 << 8 }),
    entry(2, 'done'),
  ],
  'guest.output': [entry(1, 'header', {}), ...['1\n', '2\n'].map((data) => entry(1, 'data', { stream: 'stdout', rank: '0', data }))],
};

let t: TestInstance;
let info: Flux;
beforeAll(async () => {
  t = await testInstance({ connectors: true });
  info = await Flux.open(t.uri());
  await info.register('job-info');
});
afterAll(async () => {
  info.close();
  await t.stop();
});

/** What is read of an eventlog arrives at once but for one, which waits until the others have been sent. */
async function attached(...options: string[]): Promise<string> {
  let allSent: () => void = () => {};
  const othersSent = new Promise<void>((resolve) => {
    allSent = resolve;
  });
  const stop = info.serveStream('job-info.eventlog-watch', { roles: ['any'] }, async function* ({ path }) {
    if (path === 'guest.output') await othersSent;
    yield* eventlogs[String(path)]!;
    if (path === 'eventlog') setImmediate(allSent);
  });
  let terminal = '';
  const { status } = await runCli(job, ['attach', ...options, '1'], {
    env: { FLUX_URI: t.uri() },
    onWrite: (text) => {
      terminal += text;
    },
  });
  stop();
  expect(status).toBe(3);
  return terminal;
}

test('what the tasks printed comes before the news of their end, however late it is read', async () => {
  expect(await attached('-r')).toBe('1\n2\nflux-job: task(s) exited with exit code 3\n');
});

test('so it does among the events of the job, which stay in their order', async () => {
  const lines = (await attached('-r', '-E')).split('\n');
  expect(lines).toEqual([
    '0.000s: job.submit {"userid":0}',
    '1.000s: job.start',
    '1',
    '2',
    'flux-job: task(s) exited with exit code 3',
    '2.000s: job.finish {"status":768}',
    '3.000s: job.clean',
    '',
  ]);
});
