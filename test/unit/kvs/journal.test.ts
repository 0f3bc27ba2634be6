import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { blobrefOf } from '../../../core';
import { encodeFrame, frameAt, framesBehind } from '../../../plugins/kvs/journal/frame';
import { Grouped } from '../../../plugins/kvs/journal/grouped';
import { Journal } from '../../../plugins/kvs/journal/journal';
import { readJournal, segmentFile, segmentNumbers } from '../../../plugins/kvs/journal/segment-file';

let folder: string;
let store: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-journal-'));
  store = path.join(folder, 'content.sqlite');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const rootOf = (rootseq: number) => ({ rootref: blobrefOf(String(rootseq)), rootseq });
const record = (rootseq: number) => ({
  namespace: 'primary',
  ...rootOf(rootseq),
  ops: [{ key: `k${rootseq}`, flags: 0, dirent: null }],
  blobs: [Buffer.from(`blob ${rootseq}`)],
});
const failsWith = (code: string, text: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(text) });

/** A journal that holds records of these numbers, a segment for each list. */
async function written(...segments: number[][]): Promise<void> {
  const journal = new Journal(store, 'process', rootOf(segments[0]![0]! - 1));
  for (const [i, numbers] of segments.entries()) {
    if (i > 0) journal.rotate(rootOf(numbers[0]! - 1));
    for (const number of numbers) journal.append(record(number));
  }
  await journal.close();
}
const found = () => readJournal(store).segments.map(({ records }) => records.map(({ rootseq }) => rootseq));

/** Changes a byte of a file. */
function damage(file: string, offset: number): void {
  const bytes = fs.readFileSync(file);
  bytes[offset]! ^= 0xff;
  fs.writeFileSync(file, bytes);
}

describe('a frame', () => {
  test('is found where it is, and not when a byte of it is another', () => {
    const frame = encodeFrame('héllo');
    const file = Buffer.concat([Buffer.from('xx'), frame, encodeFrame('')]);
    expect(frameAt(file, 2)).toEqual({ payload: Buffer.from('héllo'), end: 2 + frame.length });
    expect([...framesBehind(file, 0)].map(({ payload }) => payload.toString())).toEqual(['héllo', '']);
    for (let i = 0; i < frame.length; i++) {
      const other = Buffer.from(frame);
      other[i]! ^= 1;
      expect(frameAt(other, 0)).toBeUndefined();
    }
    for (let length = 0; length < frame.length; length++) expect(frameAt(frame.subarray(0, length), 0)).toBeUndefined();
  });
});

describe('a journal', () => {
  test('gives back what was appended, in its segments', async () => {
    await written([1, 2, 3], [4], [5, 6]);
    expect(found()).toEqual([[1, 2, 3], [4], [5, 6]]);
    const [first] = readJournal(store).segments;
    expect(first).toMatchObject({ head: { segment: 1, ...rootOf(0) }, records: [record(1), record(2), record(3)] });
  });

  test('goes on in a new segment behind those that are there, and drops the old ones when told', async () => {
    await written([1], [2]);
    const journal = new Journal(store, 'process', rootOf(2));
    journal.append(record(3));
    expect(found()).toEqual([[1], [2], [3]]);
    const next = journal.rotate(rootOf(3));
    journal.drop(next);
    journal.append(record(4));
    expect(found()).toEqual([[4]]);
    await journal.remove();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test('torn at any byte of its last record is whole up to there, and can go on', async () => {
    await written([1, 2]);
    const file = segmentFile(store, 1);
    const whole = fs.readFileSync(file);
    const begin = readJournal(store).segments[0]!.records[1]!.offset;
    for (let length = begin + 1; length < whole.length; length += 7) {
      fs.writeFileSync(file, whole.subarray(0, length));
      const { segments, dropped } = readJournal(store);
      expect(segments[0]!.records).toHaveLength(1);
      expect(dropped).toEqual([`journal ${file}: dropped ${length - begin} bytes of an unfinished write`]);
      expect(fs.statSync(file).size).toBe(begin);
    }
    const journal = new Journal(store, 'process', rootOf(1));
    journal.append(record(2));
    await journal.close();
    expect(found()).toEqual([[1], [2]]);
  });

  test('whose last segment was only begun is whole without it', async () => {
    await written([1, 2]);
    fs.writeFileSync(segmentFile(store, 2), 'FKJ1');
    expect(found()).toEqual([[1, 2]]);
    expect(segmentNumbers(store)).toEqual([1]);
  });

  test('damaged in front of sound records is an error that names the place, and stays as it is', async () => {
    await written([1, 2, 3]);
    const file = segmentFile(store, 1);
    const { offset } = readJournal(store).segments[0]!.records[1]!;
    damage(file, offset + 20);
    const before = fs.readFileSync(file);
    expect(() => readJournal(store)).toThrow(
      failsWith('EIO', new RegExp(`^journal ${file}: corrupt at offset ${offset}, with sound records behind it$`)),
    );
    expect(fs.readFileSync(file)).toEqual(before);
  });

  test('damaged in a segment that is not the last is an error', async () => {
    await written([1, 2], [3]);
    const file = segmentFile(store, 1);
    damage(file, fs.statSync(file).size - 1);
    expect(() => readJournal(store)).toThrow(failsWith('EIO', /corrupt at offset/));
  });

  test('that misses a segment is an error', async () => {
    await written([1], [2], [3]);
    fs.rmSync(segmentFile(store, 2));
    expect(() => readJournal(store)).toThrow(failsWith('EIO', /journal\.3: begins at root 2, but .*journal\.1 ends at 1$/));
  });

  test('keeps what records say of numbers: big integers, and reals that are whole', async () => {
    const journal = new Journal(store, 'process', rootOf(0));
    const symlink = { ver: 1, type: 'symlink', data: { target: 'x', big: 2n ** 60n } };
    journal.append({ ...record(1), ops: [{ key: '__proto__', flags: 0, dirent: symlink }] });
    await journal.close();
    expect(readJournal(store).segments[0]!.records[0]!.ops).toEqual([{ key: '__proto__', flags: 0, dirent: symlink }]);
  });
});

describe('a journal for power', () => {
  test('says that a record is safe when it is, in order, across segments', async () => {
    const journal = new Journal(store, 'power', rootOf(0));
    const order: number[] = [];
    const safe = (number: number) => journal.append(record(number))!.then(() => void order.push(number));
    const first = [safe(1), safe(2)];
    journal.rotate(rootOf(2));
    await Promise.all([...first, safe(3), safe(4)]);
    expect(order).toEqual([1, 2, 3, 4]);
    await journal.close();
    expect(found()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('loses an unacknowledged tail in which a record was lost between others', async () => {
    const journal = new Journal(store, 'power', rootOf(0));
    await journal.append(record(1));
    // None of these was told to be safe when the others were written.
    const tail = [journal.append(record(2)), journal.append(record(3)), journal.append(record(4))];
    await Promise.all(tail);
    await journal.close();
    const file = segmentFile(store, 1);
    damage(file, readJournal(store).segments[0]!.records[1]!.offset + 20);
    expect(found()).toEqual([[1]]);
  });
});

describe('grouped work', () => {
  test('runs one at a time, and all who come while it runs share the next', async () => {
    let runs = 0;
    let finish: (() => void)[] = [];
    const grouped = new Grouped(
      () =>
        new Promise((resolve) => {
          runs++;
          finish.push(resolve);
        }),
    );
    const done: string[] = [];
    const ask = (name: string) => grouped.request().then(() => void done.push(name));
    const [a, b, c] = [ask('a'), ask('b'), ask('c')];
    expect(runs).toBe(1);
    finish.shift()!();
    await a;
    expect(done).toEqual(['a']);
    await new Promise(setImmediate);
    expect(runs).toBe(2);
    for (const resolve of finish) resolve();
    finish = [];
    await Promise.all([b, c]);
    expect(done).toEqual(['a', 'b', 'c']);
    await grouped.idle();
  });

  test('a run that fails fails for those who asked for it only', async () => {
    const results = [new Error('first'), undefined];
    const grouped = new Grouped(async () => {
      await new Promise(setImmediate);
      const error = results.shift();
      if (error) throw error;
    });
    expect(await Promise.allSettled([grouped.request(), grouped.request()])).toMatchObject([
      { status: 'rejected' },
      { status: 'fulfilled' },
    ]);
  });
});
