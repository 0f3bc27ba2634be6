import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { Kvs } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { failsWith } from './instance';

let folder: string;
let instances: TestInstance[];
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  instances = [];
});
afterEach(async () => {
  for (const instance of instances) await instance.stop();
  fs.rmSync(folder, { recursive: true });
});

/** A broker on a store with this name. */
async function started(durability: string, name = 'store', modules = ['content', 'content-sqlite', 'kvs', 'kvs-watch']): Promise<Kvs> {
  const attributes = { 'content.backing-path': path.join(folder, name), 'content.durability': durability };
  const instance = await testInstance({ attributes });
  instances.push(instance);
  for (const module of modules) await instance.load(0, module);
  return new Kvs(instance.flux);
}

/** The store and its journal as they are now, as if the broker were killed at this moment, under another name. */
function asIfKilled(name = 'killed'): string {
  for (const file of fs.readdirSync(folder)) {
    if (/^store(-|\.|$)/.test(file)) fs.copyFileSync(path.join(folder, file), path.join(folder, file.replace('store', name)));
  }
  return name;
}

const journals = (name = 'store') => fs.readdirSync(folder).filter((file) => file.startsWith(`${name}.journal.`));
const logOf = () => instances.at(-1)!.brokers[0]!.log.entries.map(String).join('\n');

/** Resolves when a checkpoint has made the journal go on in a new segment, and the old one is gone. */
async function checkpointed(): Promise<void> {
  const before = journals()[0];
  await new Promise<void>((resolve) => {
    const watcher = fs.watch(folder, () => {
      if (journals().length !== 1 || journals()[0] === before) return;
      watcher.close();
      resolve();
    });
  });
}

describe.each(['process', 'power'])('with content.durability=%s', (durability) => {
  test('a killed broker had written what it acknowledged: keys, roots and numbers of roots', async () => {
    const kvs = await started(durability);
    for (let i = 0; i < 50; i++)
      await kvs.commit(
        kvs
          .transaction()
          .put(`a.b${i}.c`, 'x'.repeat(i * 10))
          .append('log', `${i}\n`),
      );
    await kvs.symlink('link', 'a');
    await kvs.unlink('link.b3');
    const root = await kvs.getroot();
    const again = await started(durability, asIfKilled());
    expect(await again.getroot()).toEqual(root);
    expect(logOf()).toContain('replayed 52 transactions from the journal, up to root 52');
    for (const i of [0, 2, 49]) expect(await again.getText(`a.b${i}.c`)).toBe('x'.repeat(i * 10));
    await expect(again.get('a.b3')).rejects.toEqual(failsWith('ENOENT'));
    expect((await again.put('next', '1')).rootseq).toBe(root.rootseq + 1);
  });

  test('commits that must not be merged come in order, each with a root of its own', async () => {
    const kvs = await started(durability);
    const commits = Array.from({ length: 50 }, (_, i) => kvs.commit(kvs.transaction().append('log', `${i} `), { noMerge: true }));
    const seqs = (await Promise.all(commits)).map(({ rootseq }) => rootseq);
    expect(seqs).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    const again = await started(durability, asIfKilled());
    expect(await again.getText('log')).toBe(seqs.map((seq) => `${seq - 1} `).join(''));
  });

  test('what a job left in its namespace is there when it has been linked into the primary one', async () => {
    const kvs = await started(durability);
    const guest = await kvs.createNamespace('job-1');
    for (let i = 0; i < 20; i++) await guest.append('exec.eventlog', `${'event'.repeat(i)}\n`);
    await guest.put('output', 'x'.repeat(5000));
    await guest.copy('.', 'job.1.guest', kvs);
    const again = await started(durability, asIfKilled());
    expect(await again.getText('job.1.guest.output')).toBe('x'.repeat(5000));
    expect(await again.getText('job.1.guest.exec.eventlog')).toContain('event'.repeat(19));
  });

  test('a checkpoint follows when it is quiet, and makes the journal short; what comes then is kept too', async () => {
    const kvs = await started(durability);
    const txn = kvs.transaction();
    for (let i = 0; i < 1000; i++) txn.put(`wide.k${i}`, `value ${i}`);
    await kvs.commit(txn);
    await kvs.put('before', '1');
    await checkpointed();
    await kvs.put('after', '2');
    const again = await started(durability, asIfKilled());
    expect(logOf()).toContain('replayed 1 transactions');
    expect(await Promise.all(['before', 'after', 'wide.k999'].map((key) => again.getText(key)))).toEqual(['1', '2', 'value 999']);
    expect(await again.version()).toBe(3);
  });
});

test('a broker that ends leaves a checkpoint and no journal, and the next begins to count its roots', async () => {
  const kvs = await started('process');
  const { rootref } = await kvs.put('a', '1');
  expect(journals()).toHaveLength(1);
  await instances.pop()!.stop();
  expect(journals()).toEqual([]);
  expect(await (await started('process')).getroot()).toMatchObject({ rootref, rootseq: 0 });
});

test('a torn last record was acknowledged to nobody: it is dropped, and said so', async () => {
  const kvs = await started('process');
  const { rootref } = await kvs.put('a', '1');
  await kvs.put('b', '2');
  const name = asIfKilled();
  const file = path.join(folder, journals(name)[0]!);
  fs.truncateSync(file, fs.statSync(file).size - 1);
  expect(await (await started('process', name)).getroot()).toMatchObject({ rootref, rootseq: 1 });
  expect(logOf()).toMatch(/kvs \d+ - - journal .*: dropped \d+ bytes of an unfinished write/);
});

test('a damaged journal, or one of another store, stops the start and is left alone', async () => {
  const kvs = await started('process');
  for (const key of ['a', 'b', 'c']) await kvs.put(key, key);
  const name = asIfKilled();
  const file = path.join(folder, journals(name)[0]!);
  const bytes = fs.readFileSync(file);
  const damaged = Buffer.from(bytes);
  damaged[bytes.indexOf('"key":"b"') + 7] = 0x78;
  fs.writeFileSync(file, damaged);
  await expect(started('process', name)).rejects.toEqual(
    expect.objectContaining({ message: expect.stringMatching(/corrupt at offset \d+/) }),
  );
  await instances.pop()!.stop();
  expect(fs.readFileSync(file)).toEqual(damaged);
  fs.writeFileSync(file, bytes);

  await instances.pop()!.stop();
  expect(await (await started('process')).getText('c')).toBe('c');
  await instances.pop()!.stop(); // its store has a checkpoint with a root that the other's journal has; this one's has not:
  const other = await started('process', 'other');
  await other.put('x', 'y');
  await instances.pop()!.stop();
  fs.copyFileSync(file, path.join(folder, 'other.journal.1'));
  await expect(started('process', 'other')).rejects.toEqual(
    expect.objectContaining({ message: expect.stringMatching(/does not belong to the checkpoint/) }),
  );
});

test('a store that has lost what its checkpoint refers to stops the start', async () => {
  const kvs = await started('process');
  await kvs.put('a.b', '1');
  await checkpointed();
  await kvs.put('a.c', '2');
  const name = asIfKilled();
  const database = new Database(path.join(folder, name));
  database.exec('DELETE FROM objects');
  database.close();
  await expect(started('process', name)).rejects.toEqual(
    expect.objectContaining({ code: 'EIO', message: expect.stringMatching(/cannot be repeated: No such file or directory/) }),
  );
});

test('without durability nothing is written but at the end, though a journal that is there is taken in', async () => {
  const kvs = await started('process');
  await kvs.put('a', '1');
  const name = asIfKilled();
  const next = await started('none', name);
  expect(await next.getText('a')).toBe('1');
  await instances.pop()!.stop();
  expect(journals(name)).toEqual([]);
  const last = await started('none', name);
  expect(await last.getText('a')).toBe('1');
  await last.put('b', '2');
  expect(journals(name)).toEqual([]);
});

test('without a backing store there is no journal, whatever the attribute says', async () => {
  const kvs = await started('process', 'store', ['content', 'kvs']);
  await kvs.put('a', '1');
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a value of content.durability that is none is refused', async () => {
  await expect(started('always')).rejects.toEqual(failsWith('EINVAL', 'content.durability: expected process, power, none, got "always"'));
});

test('a blob that is too long fails its commit, and is not in the journal', async () => {
  const attributes = {
    'content.backing-path': path.join(folder, 'store'),
    'content.durability': 'process',
    'content.blob-size-limit': '1000',
  };
  const instance = await testInstance({ attributes });
  instances.push(instance);
  for (const module of ['content', 'content-sqlite', 'kvs']) await instance.load(0, module);
  const kvs = new Kvs(instance.flux);
  const { rootref } = await kvs.put('a', 'x'.repeat(1000));
  await expect(kvs.put('b', 'x'.repeat(1001))).rejects.toEqual(failsWith('EFBIG'));
  expect(await (await started('process', asIfKilled())).getroot()).toMatchObject({ rootref, rootseq: 1 });
});
