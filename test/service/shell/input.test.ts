import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { scratch, simpleJobspec, simpleR } from '../../unit/shell/standalone';
import { execEvent, type RunningJob, ShellInstance, started } from './shell-job';

let two: ShellInstance;
beforeAll(async () => {
  two = await ShellInstance.start(2);
});
afterAll(() => two.stop());

const folder = scratch();
const KIB = 1024;
const piece = (i: number) => `${String(i).padEnd(64 * KIB - 1, '.')}\n`;
const md5 = (count: number) => {
  const hash = createHash('md5');
  for (let i = 0; i < count; i++) hash.update(piece(i));
  return hash.digest('hex');
};

/** Sends pieces of 64 KiB at once and counts the answers. */
function feed(job: RunningJob, count: number) {
  const sent = { answered: 0, all: Promise.resolve() as Promise<unknown>, first: (_n: number) => Promise.resolve() };
  const { flux } = two.instance;
  const rpc = (io: object) => flux.rpc(`${job.service}.stdin`, { stream: 'stdin', rank: 'all', ...io }, { nodeid: 0 });
  const answers = Array.from({ length: count }, (_, i) => rpc({ data: piece(i) }).then(() => void sent.answered++));
  sent.all = Promise.all(answers);
  sent.first = async (n) => void (await Promise.all(answers.slice(0, n)));
  return { sent, end: () => rpc({ eof: true }) };
}

/** A task that waits for a file before it reads, and says how many bytes came and what they were. */
const patient = (gate: string) => `until test -e ${gate}; do sleep 0.05; done; md5sum`;

test('stdin that no task reads is taken up to 8 MiB; the rest when there is room', async () => {
  const gate = path.join(folder(), 'go');
  const job = await two.run({
    jobspec: simpleJobspec(['sh', '-c', patient(gate)]),
    R: simpleR({ core: '0-1' }, '0'),
    during: async (running) => {
      await started(running);
      const { sent, end } = feed(running, 160);
      await sent.first(128);
      expect(sent.answered).toBe(128);
      fs.writeFileSync(gate, '');
      await sent.all;
      await end();
    },
  });
  expect(job.printed.stdout['0']).toBe(`${md5(160)}  -\n`);
});

test('a task that reads nothing stops no other task, nor one of another shell', async () => {
  const gate = path.join(folder(), 'go');
  const job = await two.run({
    jobspec: simpleJobspec(['sh', '-c', `if test $FLUX_TASK_RANK = 1; then md5sum; touch ${gate}; else ${patient(gate)}; fi`], {
      ntasks: 2,
    }),
    R: simpleR({ core: '0' }, '0-1'),
    during: async (running) => {
      await started(running);
      const { sent, end } = feed(running, 200);
      await sent.all;
      await end();
    },
  });
  expect(job.printed.stdout).toEqual({ 0: `${md5(200)}  -\n`, 1: `${md5(200)}  -\n` });
});

test('who waits for room is answered when the tasks have ended without reading', async () => {
  const gate = path.join(folder(), 'end');
  const job = await two.run({
    jobspec: simpleJobspec(['sh', '-c', `until test -e ${gate}; do sleep 0.05; done`]),
    R: simpleR({ core: '0-1' }, '0'),
    during: async (running) => {
      await started(running);
      const { sent } = feed(running, 160);
      await sent.first(128);
      fs.writeFileSync(gate, '');
      await sent.all;
    },
  });
  expect(job.codes).toEqual([0]);
});

test('many small pieces that nobody reads cost one message in the log, not one each', async () => {
  const gate = path.join(folder(), 'end');
  const count = 5000;
  const job = await two.run({
    jobspec: simpleJobspec(['sh', '-c', `until test -e ${gate}; do sleep 0.05; done`], { options: { verbose: 1 } }),
    R: simpleR({ core: '0-1' }, '0'),
    during: async (running) => {
      await execEvent(running, 'shell.start');
      const { flux } = two.instance;
      const data = 'a line that is as long as a kernel buffer divided by some hundred is not longer than'.repeat(2);
      const send = () => flux.rpc(`${running.service}.stdin`, { stream: 'stdin', rank: 'all', data }, { nodeid: 0 });
      await Promise.all(Array.from({ length: count }, send));
      fs.writeFileSync(gate, '');
    },
  });
  const told = job.output.filter(({ name, context }) => name === 'log' && JSON.stringify(context).includes('stdin'));
  expect(told.length).toBeLessThan(2);
});
