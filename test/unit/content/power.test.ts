import path from 'node:path';
import { inTempDir, run } from '../sys/run';

const program = path.join(__dirname, 'fixtures', 'stores-without-sync.js');

/** What comes of a store and of a record of the journal on a disk where no fsync succeeds. */
const withoutSync = (durability: string) =>
  inTempDir(async (folder) => {
    const { stdout, stderr } = await run([process.execPath, program, folder, durability]);
    return stdout === '' ? stderr : JSON.parse(stdout);
  });

test('with content.durability=power a blob and a commit are acknowledged when the disk has them: not if fsync(2) fails', async () => {
  expect(await withoutSync('power')).toEqual(['EIO', 'EIO']);
});

test.each(['process', 'none'])('with content.durability=%s nobody waits for fsync(2)', async (durability) => {
  expect(await withoutSync(durability)).toEqual(['done', 'done']);
});
