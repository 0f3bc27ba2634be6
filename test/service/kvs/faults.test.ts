import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Kvs } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { type FsFaults, fsFaults } from '../../support/fs-faults';
import { failsWith } from './instance';

let folder: string;
let instances: TestInstance[];
let faults: FsFaults;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  instances = [];
  faults = fsFaults();
});
afterEach(async () => {
  for (const instance of instances) await instance.stop();
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

async function started(durability: string, name = 'store'): Promise<Kvs> {
  const attributes = { 'content.backing-path': path.join(folder, name), 'content.durability': durability };
  const instance = await testInstance({ attributes });
  instances.push(instance);
  for (const module of ['content', 'content-sqlite', 'kvs']) await instance.load(0, module);
  return new Kvs(instance.flux);
}

/** The store as it is now, as if the broker were killed at this moment, under another name. */
function asIfKilled(): string {
  for (const file of fs.readdirSync(folder)) fs.copyFileSync(path.join(folder, file), path.join(folder, file.replace('store', 'killed')));
  return 'killed';
}

const onJournal = (code: string) => (file: string) => (file.includes('.journal.') ? code : undefined);
const logOf = (i: number) => instances[i]!.brokers[0]!.log.entries.map(String).join('\n');

describe.each(['process', 'power'])('with content.durability=%s', (durability) => {
  test.each(['ENOSPC', 'EIO'])(
    'a commit that the journal cannot take fails with %s and changes nothing; later ones go on',
    async (code) => {
      const kvs = await started(durability);
      const wide = kvs.transaction();
      for (let i = 0; i < 1000; i++) wide.put(`wide.k${i}`, `value ${i}`); // a directory that is stored late
      await kvs.commit(wide);
      const root = await kvs.getroot();
      faults.writeSync = onJournal(code);
      const attempts = ['1', '2', '3'].map((value) => kvs.put('wide.k0', value));
      for (const attempt of attempts) await expect(attempt).rejects.toEqual(failsWith(code));
      await expect(kvs.unlink('wide')).rejects.toEqual(failsWith(code));
      expect(await kvs.getroot()).toEqual(root);
      expect(await kvs.getText('wide.k0')).toBe('value 0');

      faults.writeSync = undefined;
      expect((await kvs.put('wide.k0', '1')).rootseq).toBe(root.rootseq + 1);
      await kvs.put('wide.k1', '1');
      const last = await kvs.getroot();
      const again = await started(durability, asIfKilled());
      expect(await again.getroot()).toEqual(last);
      expect(await Promise.all(['wide.k0', 'wide.k1', 'wide.k2'].map((key) => again.getText(key)))).toEqual(['1', '1', 'value 2']);
    },
  );
});

test('after an fdatasync that failed commits are acknowledged again when the module has been loaded anew', async () => {
  const kvs = await started('power');
  await kvs.put('a', '1');
  faults.fdatasync = onJournal('EIO');
  await expect(kvs.put('a', '2')).rejects.toEqual(failsWith('EIO'));
  faults.fdatasync = undefined;
  await instances[0]!.brokers[0]!.modules.remove('kvs');
  await instances[0]!.load(0, 'kvs');
  expect(await kvs.getText('a')).toBe('1');
  await kvs.put('a', '3');
  expect(await (await started('power', asIfKilled())).getText('a')).toBe('3');
});

test('after an fdatasync that failed nothing is acknowledged any more; reading goes on, and the next start has what was acknowledged', async () => {
  const kvs = await started('power');
  await kvs.put('a', '1');
  const root = await kvs.getroot();
  faults.fdatasync = onJournal('EIO');
  const attempts = ['2', '3'].map((value) => kvs.commit(kvs.transaction().put('a', value), { noMerge: true }));
  for (const attempt of attempts) await expect(attempt).rejects.toEqual(failsWith('EIO'));
  faults.fdatasync = undefined;
  await expect(kvs.put('a', '4')).rejects.toEqual(failsWith('EIO'));
  expect(await kvs.getroot()).toEqual(root);
  expect(await kvs.getText('a')).toBe('1');
  expect(logOf(0).match(/kvs \d+ - - journal .*store\.journal\.1: Input\/output error.*/g)).toEqual([
    expect.stringMatching(/: no commit to the primary namespace is acknowledged any more, until the instance is restarted$/),
  ]);
  const again = await started('power', asIfKilled());
  expect(await again.getroot()).toEqual(root);
  await again.put('a', '5');

  // What was acknowledged goes into a checkpoint at the end, and another broker goes on from there.
  await instances.shift()!.stop();
  const next = await started('power');
  expect(await next.getText('a')).toBe('1');
  await next.put('a', '6');
});
