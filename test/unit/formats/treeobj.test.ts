import { blobrefOf, blobrefOfDigest, isBlobref, parseBlobref } from '../../../core/formats/blobref';
import {
  checkTreeobj,
  copyTreeobj,
  createDir,
  createDirref,
  createSymlink,
  createVal,
  createValref,
  decodeTreeobj,
  dirEntry,
  encodeTreeobj,
  isTreeobj,
  MAX_INLINE_BASE64,
  normalizeKey,
  setDirEntry,
  type TreeDir,
  valBytes,
} from '../../../core/formats/treeobj';
import { golden, outcome } from './golden';

type Hash = 'sha1' | 'sha256';
interface Vector {
  name: string;
  stored: string | Record<Hash, string>;
  sha1: string;
  sha256: string;
}
interface Transaction {
  n: number;
  new_blobs?: Record<Hash, Record<string, { text?: string; base64?: string }>>;
}
const vectors = golden<{
  types: Vector[];
  raw_blobs: { base64: string; sha1: string; sha256: string }[];
  transactions: Transaction[];
  empty_dir: Vector;
}>('treeobj.json');
const hashes: Hash[] = ['sha1', 'sha256'];

describe('tree objects', () => {
  test.each([...vectors.types, { ...vectors.empty_dir, name: 'empty' }])('keep the stored form and blobref of: $name', (vector) => {
    for (const hash of hashes) {
      const stored = typeof vector.stored === 'string' ? vector.stored : vector.stored[hash];
      expect(encodeTreeobj(decodeTreeobj(stored))).toBe(stored);
      expect(encodeTreeobj(decodeTreeobj(Buffer.from(stored)))).toBe(stored);
      expect(blobrefOf(stored, hash)).toBe(vector[hash]);
    }
  });

  test('keep every directory blob of the recorded transactions', () => {
    let directories = 0;
    for (const { new_blobs } of vectors.transactions) {
      for (const hash of hashes) {
        for (const [ref, { text, base64 }] of Object.entries(new_blobs?.[hash] ?? {})) {
          expect(blobrefOf(text ?? Buffer.from(base64!, 'base64'), hash)).toBe(ref);
          if (!text?.startsWith('{"data":{')) continue;
          directories++;
          expect(encodeTreeobj(decodeTreeobj(text))).toBe(text);
        }
      }
    }
    expect(directories).toBeGreaterThan(80);
  });

  test.each(vectors.raw_blobs)('reference the blob $base64', ({ base64, ...refs }) => {
    for (const hash of hashes) expect(blobrefOf(Buffer.from(base64, 'base64'), hash)).toBe(refs[hash]);
  });

  test('are made by their creators', () => {
    const ref = vectors.empty_dir.sha1;
    expect(encodeTreeobj(createVal('foo'))).toBe('{"data":"Zm9v","type":"val","ver":1}');
    expect(encodeTreeobj(createValref(ref, ref))).toBe(`{"data":["${ref}","${ref}"],"type":"valref","ver":1}`);
    expect(encodeTreeobj(createDirref(ref))).toBe(`{"data":["${ref}"],"type":"dirref","ver":1}`);
    expect(encodeTreeobj(createSymlink('a.b', 'ns'))).toBe('{"data":{"namespace":"ns","target":"a.b"},"type":"symlink","ver":1}');
    expect(valBytes(createVal(Buffer.from([0, 255])))).toEqual(Buffer.from([0, 255]));
    expect(createVal('x'.repeat(54)).data).toHaveLength(MAX_INLINE_BASE64);
  });

  test('take any name, and copies share entries but not the directory', () => {
    const dir: TreeDir = createDir([['10', createVal('a')]]);
    for (const name of ['__proto__', 'constructor', '9', 'é']) setDirEntry(dir, name, createVal(name));
    const copy = copyTreeobj(dir);
    setDirEntry(copy, 'new', createVal(''));
    expect(Object.keys(dir.data)).toHaveLength(5);
    expect(valBytes(dirEntry(dir, '__proto__') as ReturnType<typeof createVal>).toString()).toBe('__proto__');
    expect(dirEntry(createDir(), 'constructor')).toBeUndefined();
    const text = encodeTreeobj(copy);
    expect(encodeTreeobj(decodeTreeobj(text))).toBe(text);
  });

  test.each([
    '1',
    'null',
    '[]',
    '{}',
    '{"ver":2,"type":"val","data":""}',
    '{"ver":1,"type":"val","data":1}',
    '{"ver":1,"type":"val","data":"","x":1}',
    '{"ver":1,"type":"valref","data":[]}',
    '{"ver":1,"type":"valref","data":["sha1-x"]}',
    '{"ver":1,"type":"dirref","data":"x"}',
    '{"ver":1,"type":"dir","data":{"a":1}}',
    '{"ver":1,"type":"hdir","data":{}}',
    '{"ver":1,"type":"symlink","data":{}}',
    '{"ver":1,"type":"symlink","data":{"target":"a","namespace":1}}',
    '{"ver":1.5,"type":"val","data":""}',
    '{"ver":1,"type":"dir","data":[]}',
  ])('are not: %s', (text) => {
    expect(isTreeobj(JSON.parse(text))).toBe(false);
    expect(outcome(() => checkTreeobj(JSON.parse(text)))).toEqual({ errno: 'EINVAL' });
    expect(outcome(() => decodeTreeobj(text))).toEqual({ errno: 'EPROTO' });
  });

  test('report base64 that does not decode with EPROTO', () => {
    expect(outcome(() => valBytes({ ver: 1, type: 'val', data: '!' }))).toEqual({ errno: 'EPROTO' });
  });

  test.each([
    ['a.b', 'a.b'],
    ['.', '.'],
    ['...', '.'],
    ['..a..b..', 'a.b'],
    ['', ''],
  ])('normalise the key %j to %j', (key, normal) => {
    expect(normalizeKey(key)).toBe(normal);
  });
});

describe('blobrefs', () => {
  test('are lower-case and of exact length', () => {
    const { sha1, sha256 } = vectors.empty_dir;
    expect([sha1, sha256].every(isBlobref)).toBe(true);
    for (const bad of [sha1.toUpperCase(), `${sha1}0`, sha1.slice(0, -1), sha1.replace('sha1', 'md5'), '', `${sha1}\n`, 5])
      expect(isBlobref(bad)).toBe(false);
    const { hash, digest } = parseBlobref(sha256);
    expect(blobrefOfDigest(hash, digest)).toBe(sha256);
    expect(outcome(() => parseBlobref('sha1-'))).toEqual({ errno: 'EINVAL' });
    expect(outcome(() => blobrefOfDigest('sha1', digest))).toEqual({ errno: 'EINVAL' });
  });
});
