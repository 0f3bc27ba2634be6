import { blobrefOf, type Treeobj } from '../../../core';
import { createDir, createVal, encodeTreeobj } from '../../../core/internal';
import { Directory } from '../../../plugins/kvs/tree/directory';
import { compareNames } from '../../../plugins/kvs/tree/names';

/** A small random generator whose seed is printed, so that a failure can be repeated. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

test('names are ordered by their UTF-8 bytes', () => {
  const names = [
    '',
    'a',
    'ab',
    'b',
    '~',
    '\u007f',
    'é',
    '\ud7ff',
    '\ue000',
    '\uff5e',
    '\u{10000}',
    '\u{1f600}',
    'a\u{1f600}',
    'a\uff5e',
    '10',
    '9',
  ];
  const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect([...names].sort(compareNames)).toEqual(byBytes);
});

test('a directory changed step by step has the stored form, the reference and the entries of one made at once', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
  process.stderr.write(`seed ${seed}\n`);
  const random = generator(seed);
  let directory = Directory.empty;
  const model = new Map<string, Treeobj>();
  for (let step = 0; step < 300; step++) {
    const changes = new Map<string, Treeobj | null>();
    for (let i = random(step % 10 === 0 ? 400 : 3); i >= 0; i--) {
      const name = `${['k', '\uff5e', '\u{1f600}'][random(3)]}${random(2000)}`;
      changes.set(name, random(4) === 0 ? null : createVal(String(random(100))));
    }
    const before = directory.blobref('sha1');
    const changed = directory.with(changes);
    expect(directory.blobref('sha1')).toBe(before);
    directory = changed;
    for (const [name, entry] of changes) {
      if (entry) model.set(name, entry);
      else model.delete(name);
    }
    const stored = encodeTreeobj(createDir(model));
    expect(directory.encode().toString()).toBe(stored);
    expect(directory.length).toBe(Buffer.byteLength(stored));
    expect(directory.blobref('sha1')).toBe(blobrefOf(stored));
    expect(directory.size).toBe(model.size);
  }
  for (const [name, entry] of model) expect(directory.get(name)).toEqual(entry);
  expect(directory.get('not there')).toBeUndefined();
  expect(Directory.decode(directory.encode()).blobref('sha256')).toBe(directory.blobref('sha256'));
});

test('every kind of name can be an entry', () => {
  const names = ['__proto__', 'constructor', 'toString', '10', '9', '', ' ', '"', '\\'];
  const directory = Directory.empty.with(new Map(names.map((name) => [name, createVal(name)])));
  for (const name of names) expect(directory.get(name)).toEqual(createVal(name));
  expect(Object.keys(directory.toTreeobj().data).sort()).toEqual([...names].sort());
  expect(Directory.empty.get('toString')).toBeUndefined();
});

test('what is no directory is not decoded', () => {
  expect(() => Directory.decode(Buffer.from('{"data":"","type":"val","ver":1}'))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(() => Directory.decode(Buffer.from('hello'))).toThrow(expect.objectContaining({ code: 'EPROTO' }));
});
