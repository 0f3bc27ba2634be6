import { randomFillSync } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { blobrefOf, Content } from '../core';
import { type ContentDurability, parseBlobref } from '../core/internal';
import { testInstance } from '../core/testing';
import { decodeBlob, encodeBlob } from '../plugins/content-sqlite/encoding';
import { timed } from './measure';
import type { Bench, Row } from './row';

const KB = 1024;
const MB = 1024 * KB;
/** Of each thing the best of so many rounds stands in the table: the one that other work on the machine disturbed least. */
const MAX_ROUNDS = 3;

/** Blobs that are stored before: the code of a broker is compiled long before it is asked. */
const WARM_UP = { count: 10_000, length: 100 };

/** Sizes of blobs, and how many of them make a measurement. */
const sizes = [
  { name: '1 KB', length: KB, waiting: 1000, pipelined: 8192 },
  { name: '1 MB', length: MB, waiting: 30, pipelined: 128 },
] as const;
const depths = [
  { name: 'one waiting', depth: 1, key: 'waiting' },
  { name: '64 pipelined', depth: 64, key: 'pipelined' },
] as const;

/** What plain better-sqlite3 is told for each durability: the journal that content-sqlite has then. */
const plainModes: Readonly<Record<'none' | 'process', readonly string[]>> = {
  none: ['journal_mode = PERSIST', 'synchronous = OFF'],
  process: ['journal_mode = WAL', 'synchronous = NORMAL'],
};

/** MB/s of stores and loads through the content service of rank 0, beside plain better-sqlite3 that hashes, encodes and writes the same blobs. */
export default {
  name: 'content',
  async run(options) {
    const rounds = Math.min(options.rounds, MAX_ROUNDS);
    const rows: Row[] = [];
    for (const size of sizes) for (const how of depths) rows.push(...(await stores(size, how, rounds)));
    for (const size of sizes) for (const how of depths) rows.push(...(await loads(size, how, rounds)));
    return rows;
  },
} satisfies Bench;

type Size = (typeof sizes)[number];
type How = (typeof depths)[number];

async function stores(size: Size, how: How, rounds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const durability of ['none', 'process'] as const) {
    let [ours, plain, growth] = [0, 0, 0];
    for (let round = 0; round < rounds; round++) {
      await inFolder(async (folder) => {
        const blobs = randomBlobs(size.length, size[how.key]);
        const bytes = size.length * blobs.length;
        const file = path.join(folder, 'ours.sqlite');
        await withContent(file, durability, async (content) => {
          const rate = await rateOf(bytes, async () => {
            await inFlight(how.depth, blobs, (blob) => content.store(blob));
            await content.flush();
          });
          ours = Math.max(ours, rate);
        });
        growth = fs.statSync(file).size / (bytes + WARM_UP.count * WARM_UP.length);
        plain = Math.max(
          plain,
          await rateOf(bytes, async () => plainStores(path.join(folder, 'plain.sqlite'), blobs, how.depth, durability)),
        );
      });
    }
    const what = `store ${size.name}, ${how.name}, durability ${durability}`;
    rows.push({ what, value: ours, unit: 'MB/s', note: `${ratio(ours, plain)}; file grows ${growth.toFixed(2)} × the blobs` });
  }
  return rows;
}

async function loads(size: Size, how: How, rounds: number): Promise<Row[]> {
  let [cached, stored, plain] = [0, 0, 0];
  await inFolder(async (folder) => {
    const blobs = randomBlobs(size.length, size[how.key]);
    const bytes = size.length * blobs.length;
    const file = path.join(folder, 'ours.sqlite');
    const refs = blobs.map((blob) => blobrefOf(blob));
    await withContent(file, 'process', async (content) => {
      await inFlight(64, blobs, (blob) => content.store(blob));
      const all = () => inFlight(how.depth, refs, (ref) => content.load(ref));
      for (let round = 0; round < rounds; round++) {
        cached = Math.max(cached, await rateOf(bytes, all));
        await content.dropcache();
        stored = Math.max(stored, await rateOf(bytes, all));
      }
    });
    const db = new Database(file);
    const load = db.prepare<[Buffer], { size: number; object: Buffer }>('SELECT size, object FROM objects WHERE hash = CAST(? AS TEXT)');
    for (let round = 0; round < rounds; round++)
      plain = Math.max(plain, await rateOf(bytes, async () => refs.forEach((ref) => void decodeBlob(load.get(parseBlobref(ref).digest)!))));
    db.close();
  });
  return [
    { what: `load ${size.name}, ${how.name}, cached`, value: cached, unit: 'MB/s', note: ratio(cached, plain) },
    { what: `load ${size.name}, ${how.name}, from sqlite`, value: stored, unit: 'MB/s', note: ratio(stored, plain) },
  ];
}

/** The same work without a broker: one transaction for as many blobs as are in flight. */
function plainStores(file: string, blobs: readonly Buffer[], depth: number, durability: 'none' | 'process'): void {
  const db = new Database(file);
  for (const pragma of ['locking_mode = EXCLUSIVE', ...plainModes[durability]]) db.pragma(pragma);
  db.exec('CREATE TABLE objects(hash CHAR(20) PRIMARY KEY, size INT, object BLOB)');
  const store = db.prepare('INSERT OR IGNORE INTO objects VALUES (CAST(? AS TEXT), ?, ?)');
  const group = db.transaction((some: readonly Buffer[]) => {
    for (const blob of some) {
      const { size, object } = encodeBlob(blob);
      store.run(parseBlobref(blobrefOf(blob)).digest, size, object);
    }
  });
  for (let at = 0; at < blobs.length; at += depth) group(blobs.slice(at, at + depth));
  db.close();
}

async function withContent(file: string, durability: ContentDurability, use: (content: Content) => Promise<void>): Promise<void> {
  const instance = await testInstance({
    attributes: { 'content.backing-path': file, 'content.durability': durability },
    modules: ['content'],
  });
  try {
    await instance.load(0, 'content-sqlite');
    const content = new Content(instance.flux);
    await inFlight(64, randomBlobs(WARM_UP.length, WARM_UP.count), (blob) => content.store(blob));
    await content.flush();
    await use(content);
  } finally {
    await instance.stop();
  }
}

/** Does something with each item, so many at a time. */
async function inFlight<T>(depth: number, items: readonly T[], use: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await use(items[next++]!);
  };
  await Promise.all(Array.from({ length: depth }, worker));
}

function randomBlobs(length: number, count: number): Buffer[] {
  return Array.from({ length: count }, () => randomFillSync(Buffer.allocUnsafeSlow(length)));
}

/** MB/s of work on so many bytes. */
async function rateOf(bytes: number, work: () => Promise<unknown>): Promise<number> {
  return bytes / 1e6 / ((await timed(work)) / 1000);
}

const ratio = (ours: number, plain: number) => `${(ours / plain).toFixed(2)} × plain better-sqlite3 (${plain.toFixed(1)} MB/s)`;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-bench-'));
  try {
    await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
