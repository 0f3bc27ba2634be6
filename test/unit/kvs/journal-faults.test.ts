import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { blobrefOf } from '../../../core';
import { Journal } from '../../../plugins/kvs/journal/journal';
import { readJournal, segmentFile, segmentNumbers } from '../../../plugins/kvs/journal/segment-file';
import { type FsFaults, fsFaults } from '../../support/fs-faults';

let folder: string;
let store: string;
let faults: FsFaults;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-journal-'));
  store = path.join(folder, 'content.sqlite');
  faults = fsFaults();
});
afterEach(() => {
  jest.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

const rootOf = (rootseq: number) => ({ rootref: blobrefOf(String(rootseq)), rootseq });
const record = (rootseq: number) => ({ namespace: 'primary', ...rootOf(rootseq), ops: [{ key: `k${rootseq}` }], blobs: [] });
const found = () => readJournal(store).segments.map(({ records }) => records.map(({ rootseq }) => rootseq));
const failsWith = (code: string) => expect.objectContaining({ name: 'FluxError', code });
const outcomes = async (promises: (Promise<void> | undefined)[]) =>
  (await Promise.allSettled(promises)).map((result) => (result.status === 'fulfilled' ? 'safe' : (result.reason as { code: string }).code));

describe.each(['process', 'power'] as const)('a journal for %s', (durability) => {
  test.each(['ENOSPC', 'EIO', 'EDQUOT'])(
    'refuses a record that cannot be written with %s, is without it, and goes on later',
    async (code) => {
      const journal = new Journal(store, durability, rootOf(0));
      await journal.append(record(1));
      const { bytes } = journal;
      const size = fs.statSync(segmentFile(store, 1)).size;
      faults.writeSync = () => code;
      for (let i = 0; i < 2; i++) expect(() => journal.append(record(2))).toThrow(failsWith(code));
      expect([journal.bytes, journal.count, fs.statSync(segmentFile(store, 1)).size]).toEqual([bytes, 1, size]);
      faults.writeSync = undefined;
      await journal.append(record(2));
      await journal.close();
      expect(found()).toEqual([[1, 2]]);
    },
  );

  test('that cannot take back half a record acknowledges those in front of it, and takes no more', async () => {
    const journal = new Journal(store, durability, rootOf(0));
    const before = [journal.append(record(1)), journal.append(record(2))];
    faults.writeSync = () => 'ENOSPC';
    faults.ftruncateSync = () => 'EIO';
    expect(() => journal.append(record(3))).toThrow(failsWith('ENOSPC'));
    faults.writeSync = undefined;
    expect(() => journal.append(record(3))).toThrow(failsWith('EIO'));
    expect(() => journal.rotate(rootOf(2))).toThrow(failsWith('EIO'));
    expect(await outcomes(before)).toEqual(['safe', 'safe']);
    await journal.close();
    faults.ftruncateSync = undefined;
    expect(found()).toEqual([[1, 2]]);
  });

  test.each<[string, FsFaults]>([
    ['opened', { openSync: (file) => (file.includes('.journal.') ? 'EMFILE' : undefined) }],
    ['written', { writeSync: () => 'EMFILE' }],
    ['written, or cut off', { writeSync: () => 'EMFILE', ftruncateSync: () => 'EIO' }],
  ])('whose next segment cannot be %s goes on in the one it has', async (_, failing) => {
    const journal = new Journal(store, durability, rootOf(0));
    await journal.append(record(1));
    const { bytes } = journal;
    Object.assign(faults, failing);
    for (let i = 0; i < 2; i++) expect(() => journal.rotate(rootOf(1))).toThrow(failsWith('EMFILE'));
    for (const operation of Object.keys(failing)) delete faults[operation as keyof FsFaults];
    expect([journal.bytes, journal.count, segmentNumbers(store)]).toEqual([bytes, 1, [1]]);
    await journal.append(record(2));
    expect(journal.rotate(rootOf(2))).toBe(2);
    await journal.append(record(3));
    await journal.close();
    expect(found()).toEqual([[1, 2], [3]]);
  });

  test('does not begin where its first segment cannot be written, and leaves no file', () => {
    faults.writeSync = () => 'ENOSPC';
    expect(() => new Journal(store, durability, rootOf(0))).toThrow(failsWith('ENOSPC'));
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});

describe('a journal for power, after an fdatasync that failed', () => {
  test('acknowledges nothing more, and has what it acknowledged', async () => {
    const journal = new Journal(store, 'power', rootOf(0));
    await journal.append(record(1));
    faults.fdatasync = () => 'EIO';
    expect(await outcomes([journal.append(record(2)), journal.append(record(3))])).toEqual(['EIO', 'EIO']);
    faults.fdatasync = undefined;
    const broken = expect.objectContaining({ code: 'EIO', message: expect.stringContaining(`journal ${segmentFile(store, 1)}: `) });
    expect(() => journal.append(record(4))).toThrow(broken);
    expect(() => journal.rotate(rootOf(1))).toThrow(broken);
    expect(journal.broken).toEqual(broken);
    await journal.close();
    expect(found()).toEqual([[1]]);
    expect(segmentNumbers(store)).toEqual([1]);
  });

  test('of the folder acknowledges nothing, and has nothing', async () => {
    faults.fsync = () => 'EIO';
    const journal = new Journal(store, 'power', rootOf(0));
    expect(await outcomes([journal.append(record(1)), journal.append(record(2))])).toEqual(['EIO', 'EIO']);
    await journal.close();
    expect(found().flat()).toEqual([]);
  });

  /** Record 1 is being made safe when 2 is written, and the journal goes on in another segment; the run that fails is that of 2 and 3. */
  test.each(['.1', '.2'])('of segment %s has nothing in the others of what came together', async (bad) => {
    const journal = new Journal(store, 'power', rootOf(0));
    const synced: string[] = [];
    faults.fdatasync = (file) => {
      synced.push(path.extname(file));
      return synced.length > 1 && file.endsWith(bad) ? 'EIO' : undefined;
    };
    const promises = [journal.append(record(1)), journal.append(record(2))];
    journal.rotate(rootOf(2));
    promises.push(journal.append(record(3)));
    expect(await outcomes(promises)).toEqual(['safe', 'EIO', 'EIO']);
    expect(synced).toEqual(['.1', '.1', ...(bad === '.2' ? ['.2'] : [])]);
    await journal.close();
    expect(found().flat()).toEqual([1]);
  });
});
