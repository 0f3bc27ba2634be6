import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { compressSync, uncompressSync } from 'lz4-napi';
import { type BlobHash, blobrefOf, Content } from '../../../core';
import { parseBlobref } from '../../../core/internal';
import { type TestInstance, testInstance } from '../../../core/testing';

const failsWith = (code: string, text?: string) => expect.objectContaining({ code, ...(text === undefined ? {} : { text }) });

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  file = path.join(folder, 'content.sqlite');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

async function withFile(attributes: Record<string, string>, use: (instance: TestInstance) => Promise<void>): Promise<void> {
  const instance = await testInstance({ modules: ['content'], attributes });
  try {
    await use(instance);
  } finally {
    await instance.stop();
  }
}

/** What content-sqlite has logged at level err. */
const errorsOf = ({ brokers }: TestInstance) =>
  brokers[0]!.log.entries.flatMap((entry) => /^<24>1 \S+ 0 content-sqlite \d+ - - (.*)$/.exec(entry)?.[1] ?? []);

const short = Buffer.from('short');
const long = Buffer.alloc(5000, 'long');
const LENGTH = Buffer.from([long.length & 255, long.length >> 8, 0, 0]);

/** A file as flux-core leaves it. */
function writeByHand(hash: BlobHash): void {
  const db = new Database(file);
  for (const pragma of ['journal_mode = OFF', 'synchronous = OFF', 'locking_mode = EXCLUSIVE']) db.pragma(pragma);
  db.exec('CREATE TABLE if not exists objects(  hash CHAR(20) PRIMARY KEY,  size INT,  object BLOB);');
  db.exec('CREATE TABLE if not exists checkpt(  key TEXT UNIQUE,  value TEXT);');
  const insert = db.prepare('INSERT INTO objects (hash,size,object) VALUES (CAST(? AS TEXT), ?, ?)');
  insert.run(parseBlobref(blobrefOf(short, hash)).digest, -1, short);
  insert.run(parseBlobref(blobrefOf(long, hash)).digest, long.length, compressSync(long).subarray(4));
  insert.run(parseBlobref(blobrefOf('', hash)).digest, -1, null);
  db.prepare('INSERT INTO checkpt VALUES (?, ?)').run('kvs-primary', 'sha1-from-flux-core');
  db.close();
}

test.each(['sha1', 'sha256'] as const)('a file that flux-core wrote is used as it is (%s)', async (hash) => {
  writeByHand(hash);
  await withFile({ 'content.backing-path': file, 'content.hash': hash }, async (instance) => {
    await instance.load(0, 'content-sqlite');
    const content = new Content(instance.flux);
    for (const blob of [short, long, Buffer.alloc(0)]) expect((await content.load(blobrefOf(blob, hash))).equals(blob)).toBe(true);
    expect(await instance.flux.rpc('kvs-checkpoint.get', { key: 'kvs-primary' }, { nodeid: 0 })).toEqual({ value: 'sha1-from-flux-core' });
  });
});

test.each(['sha1', 'sha256'] as const)('a file that this wrote is one that flux-core can use (%s)', async (hash) => {
  await withFile({ 'content.backing-path': file, 'content.hash': hash }, async (instance) => {
    await instance.load(0, 'content-sqlite');
    const content = new Content(instance.flux);
    for (const blob of [short, long]) await content.store(blob);
    await instance.flux.rpc('kvs-checkpoint.put', { key: 'kvs-primary', value: 'sha1-1' }, { nodeid: 0 });
  });
  expect(fs.readdirSync(folder)).toEqual(['content.sqlite']);
  const db = new Database(file);
  db.pragma('journal_mode = OFF');
  const find = db.prepare<[Buffer], { size: number; object: Buffer }>('SELECT object, size FROM objects WHERE hash = CAST(? AS TEXT)');
  expect(find.get(parseBlobref(blobrefOf(short, hash)).digest)).toEqual({ size: -1, object: short });
  const { size, object } = find.get(parseBlobref(blobrefOf(long, hash)).digest)!;
  expect(size).toBe(long.length);
  expect(uncompressSync(Buffer.concat([LENGTH, object])).equals(long)).toBe(true);
  expect(db.prepare('SELECT * FROM checkpt').all()).toEqual([{ key: 'kvs-primary', value: 'sha1-1' }]);
  expect(db.prepare('SELECT name FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name').pluck().all()).toEqual(['checkpt', 'objects']);
  db.close();
});

test('without content.backing-path the file is in rundir, and the attribute is set to it', async () => {
  await withFile({}, async (instance) => {
    await instance.load(0, 'content-sqlite');
    const made = path.join(instance.rundir, 'content.sqlite');
    expect(await instance.flux.getattr('content.backing-path')).toBe(made);
    expect(fs.existsSync(made)).toBe(true);
  });
});

test('a file that can not be opened fails the load, says why in the log, and leaves no service behind', async () => {
  await withFile({ 'content.backing-path': '/nonexistent/content.sqlite' }, async (instance) => {
    const text = 'opening /nonexistent/content.sqlite: unable to open database file(14)';
    await expect(instance.load(0, 'content-sqlite')).rejects.toEqual(failsWith('EINVAL', text));
    expect(errorsOf(instance)).toContain(text);
    const backing = new Content(instance.flux, { bypassCache: true });
    await expect(backing.load(blobrefOf(short))).rejects.toEqual(failsWith('ENOSYS'));
    await instance.flux.setattr('content.backing-path', file);
    await instance.load(0, 'content-sqlite');
  });
});

test('it takes no arguments', async () => {
  await withFile({ 'content.backing-path': file }, async (instance) => {
    await expect(instance.load(0, 'content-sqlite', ['frob=1'])).rejects.toEqual(failsWith('EINVAL', 'content-sqlite: frob: unknown key'));
  });
});

test('references of any case are found, foreign ones are logged', async () => {
  writeByHand('sha1');
  await withFile({ 'content.backing-path': file }, async (instance) => {
    await instance.load(0, 'content-sqlite');
    const load = (ref: string) => instance.flux.rpcMessage('content-backing.load', ref, { nodeid: 0 });
    expect((await load(`sha1-${blobrefOf(short).slice(5).toUpperCase()}`)).bytes).toEqual(short);
    await expect(load('md5-d41d8cd98f00b204e9800998ecf8427e')).rejects.toEqual(failsWith('ENOENT'));
    expect(errorsOf(instance)).toEqual(['load: unexpected foreign blobref: md5-d41d8cd98f00b204e9800998ecf8427e']);
  });
});

test('a corrupt row is an error of its blob alone', async () => {
  writeByHand('sha1');
  const db = new Database(file);
  db.prepare('UPDATE objects SET object = ? WHERE size > 0').run(Buffer.from('not lz4'));
  db.close();
  await withFile({ 'content.backing-path': file }, async (instance) => {
    await instance.load(0, 'content-sqlite');
    const content = new Content(instance.flux);
    await expect(content.load(blobrefOf(long))).rejects.toEqual(failsWith('EINVAL', 'corrupt blob in content database'));
    expect(await content.load(blobrefOf(short))).toEqual(short);
  });
});
