import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { parseBlobref } from '../../../core';
import { blobrefOf } from '../../../core/formats/blobref';
import { ContentDatabase, digestOf } from '../../../plugins/content-sqlite/database';

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  file = path.join(folder, 'content.sqlite');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const digest = (blob: Buffer, hash: 'sha1' | 'sha256' = 'sha1') => parseBlobref(blobrefOf(blob, hash)).digest;
const failsWith = (code: string) => expect.objectContaining({ name: 'FluxError', code });

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

test('a path that can not be opened is an error with the text of the database library', () => {
  expect(() => new ContentDatabase('/nonexistent/folder/file')).toThrow(failsWith('EINVAL'));
});

test.each([
  ['sha1-DA39A3EE5E6B4B0D3255BFEF95601890AFD80709', true],
  ['sha1-da39', false],
  ['md5-d41d8cd98f00b204e9800998ecf8427e', false],
  ['toString-00', false],
  ['', false],
])('the digest of %p: %p', (ref, known) => {
  expect(digestOf(ref) !== undefined).toBe(known);
});
