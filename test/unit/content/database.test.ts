import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { FluxError } from '../../../core';
import { blobrefOf } from '../../../core/formats/blobref';
import { parseBlobref } from '../../../core/internal';
import { type Change, ContentDatabase, digestOf } from '../../../plugins/content-sqlite/database';
import { GroupCommit } from '../../../plugins/content-sqlite/group-commit';
import { databaseError } from '../../../plugins/content-sqlite/sqlite-errors';

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  file = path.join(folder, 'content.sqlite');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const digest = (blob: Buffer, hash: 'sha1' | 'sha256' = 'sha1') => parseBlobref(blobrefOf(blob, hash)).digest;
const failsWith = (code: string, text?: string) =>
  expect.objectContaining({ name: 'FluxError', code, ...(text === undefined ? {} : { text }) });

test.each(['sha1', 'sha256'] as const)('blobs of every length come back, also after a restart, by %s', (hash) => {
  const blobs = [0, 1, 255, 256, 257, 5000, 1_000_000].map((length) => Buffer.from(Array.from({ length }, (_, i) => (i * i) % 251)));
  let database = new ContentDatabase(file);
  for (const blob of blobs) {
    database.store(digest(blob, hash), blob);
    database.store(digest(blob, hash), blob);
  }
  expect(database.count).toBe(blobs.length);
  database.close();
  database = new ContentDatabase(file);
  for (const blob of blobs) expect(database.load(digest(blob, hash)).equals(blob)).toBe(true);
  expect(() => database.load(Buffer.alloc(20))).toThrow(failsWith('ENOENT'));
  database.close();
});

test('checkpoints are strings under a key; a new one replaces the old', () => {
  const database = new ContentDatabase(file);
  expect(() => database.getCheckpoint('kvs-primary')).toThrow(failsWith('ENOENT'));
  database.putCheckpoint('kvs-primary', 'sha1-1');
  database.putCheckpoint('kvs-primary', '');
  expect(database.getCheckpoint('kvs-primary')).toBe('');
  database.close();
});

test('the file has the columns and storage classes of the contract, and is one plain file when closed', () => {
  const long = Buffer.alloc(300, 'ab');
  const short = Buffer.from('short');
  const database = new ContentDatabase(file);
  for (const blob of [long, short]) database.store(digest(blob), blob);
  database.close();
  expect(fs.readdirSync(folder)).toEqual(['content.sqlite']);
  const db = new Database(file, { readonly: true });
  const rows = db.prepare('SELECT typeof(hash) AS type, CAST(hash AS BLOB) AS hash, size, object FROM objects ORDER BY size').all();
  expect(rows).toEqual([
    { type: 'text', hash: digest(short), size: -1, object: short },
    { type: 'text', hash: digest(long), size: 300, object: expect.any(Buffer) },
  ]);
  db.close();
});

test('blocks that LZ4 wrote elsewhere are read', () => {
  // One literal run of 2 bytes, then a match of 298 at offset 2, less the last 5 literals that the format wants.
  const blob = Buffer.alloc(300, 'ab');
  const block = Buffer.from([0x2f, 0x61, 0x62, 2, 0, 255, 19, 0x50, ...Buffer.from('babab')]);
  block[6] = 300 - 2 - 5 - 4 - 15 - 255;
  const expected = Buffer.concat([blob.subarray(0, 295), Buffer.from('babab')]);
  new ContentDatabase(file).close();
  const db = new Database(file);
  db.prepare('INSERT INTO objects VALUES (CAST(? AS TEXT), ?, ?)').run(digest(expected), 300, block);
  db.close();
  const database = new ContentDatabase(file);
  expect(database.load(digest(expected)).toString()).toBe(expected.toString());
  database.close();
});

test('a corrupt block is an error of its blob alone', () => {
  new ContentDatabase(file).close();
  const db = new Database(file);
  db.prepare('INSERT INTO objects VALUES (CAST(? AS TEXT), ?, ?)').run(Buffer.alloc(20), 1000, Buffer.from('not lz4'));
  db.close();
  const database = new ContentDatabase(file);
  expect(() => database.load(Buffer.alloc(20))).toThrow(failsWith('EINVAL'));
  database.close();
});

test.each([
  ['a size that no block of that length can have', 2_000_000, Buffer.from('short')],
  ['a size below zero', -2, Buffer.from('short')],
  ['no size', null, Buffer.from('short')],
  ['text', 300, 'text'],
  ['nothing', 300, null],
])('a row with %s is corrupt', (_, size, object) => {
  new ContentDatabase(file).close();
  const db = new Database(file);
  db.prepare('INSERT INTO objects VALUES (CAST(? AS TEXT), ?, ?)').run(Buffer.alloc(20), size, object);
  db.close();
  const database = new ContentDatabase(file);
  expect(() => database.load(Buffer.alloc(20))).toThrow(failsWith('EINVAL', 'corrupt blob in content database'));
  database.close();
});

describe('what can not be opened is an error with the text and the number of SQLite', () => {
  test('a folder that is not there, a folder, a file system that has no files of ours', () => {
    for (const path of ['/nonexistent/folder/file', folder, '', '/proc/content.sqlite'])
      expect(() => new ContentDatabase(path)).toThrow(failsWith('EINVAL', 'unable to open database file(14)'));
  });

  test('a file that is no database, which stays as it is', () => {
    fs.writeFileSync(file, 'no database at all, but a long text'.repeat(100));
    expect(() => new ContentDatabase(file)).toThrow(failsWith('EINVAL', 'file is not a database(26)'));
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^no database/);
  });

  test('a database that is damaged', () => {
    const database = new ContentDatabase(file);
    for (let i = 0; i < 50; i++) database.store(digest(Buffer.from(`${i}`)), Buffer.alloc(2000, `${i}`));
    database.close();
    fs.truncateSync(file, 8192);
    expect(() => new ContentDatabase(file)).toThrow(failsWith('EINVAL', 'database disk image is malformed(11)'));
  });

  test('a file that another broker has', () => {
    const database = new ContentDatabase(file);
    expect(() => new ContentDatabase(file, { lockTimeout: 0 })).toThrow(failsWith('EINVAL', 'database is locked(5)'));
    database.close();
    new ContentDatabase(file).close();
  });
});

test.each([
  ['SQLITE_IOERR_WRITE', 'EIO', 'x(10)'],
  ['SQLITE_FULL', 'ENOSPC', 'x(13)'],
  ['SQLITE_READONLY_DBMOVED', 'EPERM', 'x(8)'],
  ['SQLITE_PERM', 'EPERM', 'x(3)'],
  ['SQLITE_ABORT', 'EPERM', 'x(4)'],
  ['SQLITE_NOMEM', 'ENOMEM', 'x(7)'],
  ['SQLITE_TOOBIG', 'EFBIG', 'x(18)'],
  ['SQLITE_BUSY', 'EINVAL', 'x(5)'],
  ['SQLITE_UNHEARD_OF', 'EINVAL', 'x'],
])('%s is %s', (code, errno, text) => {
  expect(databaseError(new Database.SqliteError('x', code))).toEqual(failsWith(errno, text));
});

describe('a group of changes', () => {
  let database: ContentDatabase;
  let outcomes: string[];
  beforeEach(() => {
    database = new ContentDatabase(file);
    outcomes = [];
  });
  afterEach(() => database.close());

  const change = (name: string, run: () => void): Change => ({
    run,
    resolve: () => void outcomes.push(name),
    reject: (e) => void outcomes.push(`${name}: ${(e as Error).message}`),
  });

  test('is committed at once, and one that fails takes no other with it', () => {
    const fails = () => {
      throw new FluxError('EFBIG');
    };
    database.commit([
      change('a', () => database.putCheckpoint('a', '1')),
      change('b', fails),
      change('c', () => {
        expect(outcomes).toEqual([]);
        database.putCheckpoint('c', '3');
      }),
    ]);
    expect(outcomes).toEqual(['a', 'b: File too large', 'c']);
    expect([database.getCheckpoint('a'), database.getCheckpoint('c')]).toEqual(['1', '3']);
  });

  test('of which one has all of it rolled back is made one by one: the others are committed', () => {
    const rollsBack = () => database.commit([]); // a transaction in a transaction
    database.commit([
      change('a', () => database.putCheckpoint('a', '1')),
      change('b', rollsBack),
      change('c', () => database.putCheckpoint('c', '3')),
    ]);
    expect(outcomes).toEqual(['a', 'b: Input/output error', 'c']);
    expect([database.getCheckpoint('a'), database.getCheckpoint('c')]).toEqual(['1', '3']);
  });

  test('is all that came before the event loop turns, in its order', async () => {
    const commits = new GroupCommit(database);
    const group = jest.spyOn(database, 'commit');
    const keys = await Promise.all(
      ['1', '2', '3'].map((value) =>
        commits.add(() => {
          database.putCheckpoint('k', value);
          return value;
        }),
      ),
    );
    expect(keys).toEqual(['1', '2', '3']);
    expect(database.getCheckpoint('k')).toBe('3');
    expect(group).toHaveBeenCalledTimes(1);
  });
});

test.each(['none', 'process', 'power'] as const)(
  'with durability %s a file is plain when closed, and of the mode of the umask',
  (durability) => {
    const before = process.umask(0o002);
    try {
      const database = new ContentDatabase(file, { durability });
      database.store(digest(Buffer.from('x')), Buffer.from('x'));
      database.close();
    } finally {
      process.umask(before);
    }
    expect(fs.readdirSync(folder)).toEqual(['content.sqlite']);
    expect(fs.statSync(file).mode & 0o777).toBe(0o664);
    const db = new Database(file, { readonly: true });
    expect(db.pragma('journal_mode', { simple: true })).toBe('delete');
    expect(db.pragma('user_version', { simple: true })).toBe(0);
    db.close();
  },
);

test.each([
  ['sha1-DA39A3EE5E6B4B0D3255BFEF95601890AFD80709', true],
  ['sha1-da39', false],
  ['md5-d41d8cd98f00b204e9800998ecf8427e', false],
  ['toString-00', false],
  ['', false],
])('the digest of %p: %p', (ref, known) => {
  expect(digestOf(ref) !== undefined).toBe(known);
});
