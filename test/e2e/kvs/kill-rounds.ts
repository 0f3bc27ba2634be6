import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Kvs } from '../../../core';
import { type Random, seededRandom } from '../../support/random';
import { AcknowledgedCommits } from './acknowledged';
import { BrokerProcess } from './broker-process';

/** Declares tests that kill rank 0 under a load of commits, again and again on one store. */
export function killRounds(rounds: number, durability: 'process' | 'power'): void {
  let folder: string;
  let random: Random;
  let commits: AcknowledgedCommits;
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-kill-'));
    random = seededRandom();
    commits = new AcknowledgedCommits(random);
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
  let broker: BrokerProcess | undefined;
  afterEach(async () => broker?.kill());
  const start = async () => {
    broker = await BrokerProcess.start(folder, {
      'content.backing-path': path.join(folder, 'content.sqlite'),
      'content.durability': durability,
    });
    return broker;
  };

  test.each(Array.from({ length: rounds }, (_, i) => i + 1))(
    'killed for time %i, it starts again with all that it acknowledged',
    async (round) => {
      const { kvs, open, kill } = await started();
      await commits.check(kvs);
      const gone = commits.run(open);
      await commits.after(1 + random(150));
      if (round % 3 === 0) {
        // In the middle of the checkpoint that follows when it is quiet.
        commits.stop();
        await nextSegment(folder);
      }
      await kill();
      await gone;
    },
  );

  test('at the end it has all of it, stops without a journal, and starts again from its checkpoint', async () => {
    const first = await start();
    await commits.check(new Kvs(await first.open()));
    await first.stop();
    expect(fs.readdirSync(folder).filter((name) => name.includes('journal'))).toEqual([]);
    const again = await start();
    const kvs = new Kvs(await again.open());
    for (const key of ['client.0.number', 'fence.part0']) expect(await kvs.getText(key)).toMatch(/^\d+$/);
    await again.stop();
  });

  async function started() {
    const running = await start();
    return { kvs: new Kvs(await running.open()), open: () => running.open(), kill: () => running.kill() };
  }
}

/** Resolves when the journal goes on in a new file: a checkpoint begins. */
async function nextSegment(folder: string): Promise<void> {
  const before = new Set(fs.readdirSync(folder));
  await new Promise<void>((resolve) => {
    const watcher = fs.watch(folder, (_, name) => {
      if (!name?.includes('.journal.') || before.has(name)) return;
      watcher.close();
      resolve();
    });
  });
}
