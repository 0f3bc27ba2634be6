import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { content, Kvs } from '../core';
import { testInstance } from '../core/testing';
import { timed } from './measure';
import type { Bench, Row } from './row';

const COMMITS = 2000;
/** Of each rate the best of so many rounds stands in the table: the one that other work on the machine disturbed least. */
const ROUNDS = 3;
const LARGE = 65_536;
const LONG_EVENTLOG = 100_000;

/** Commits and lookups of the KVS, beside the same work done by plain SQLite in this process. */
export default {
  name: 'kvs',
  async run() {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-bench-'));
    try {
      const sqlite = plainSqlite(path.join(folder, 'plain.sqlite'));
      const rows: Row[] = [{ what: 'plain sqlite: transactions/s', value: sqlite.writes, unit: '/s' }];
      for (const durability of ['none', 'process']) rows.push(...(await commits(folder, durability, sqlite)));
      rows.push(...(await lookups(sqlite)), ...(await growth(folder, sqlite)));
      return rows;
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  },
} satisfies Bench;

interface Plain {
  /** Transactions of one row a second, and point queries a second. */
  writes: number;
  reads: number;
  /** Bytes of file for each transaction. */
  growth: number;
}

/** One table of keys and values, in WAL mode without waiting for the disk: what survives the death of the process, as durability=process does. */
function plainSqlite(file: string): Plain {
  const db = new Database(file);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.exec('CREATE TABLE kv(key TEXT PRIMARY KEY, value TEXT)');
  const put = db.prepare('REPLACE INTO kv VALUES (?, ?)');
  const get = db.prepare('SELECT value FROM kv WHERE key = ?');
  const writes = perSecond(COMMITS, (i) => put.run(`bench.key${i}`, `value ${i}`));
  const reads = perSecond(COMMITS, (i) => get.get(`bench.key${i}`));
  db.close();
  return { writes, reads, growth: fs.statSync(file).size / COMMITS };
}

function perSecond(count: number, work: (i: number) => unknown): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    for (let i = 0; i < count; i++) work(i);
    best = Math.max(best, (1000 * count) / (performance.now() - began));
  }
  return best;
}

/** As perSecond, so many at once. */
async function perSecondAsync(count: number, width: number, work: (i: number, lane: number) => Promise<unknown>): Promise<number> {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let next = 0;
    const lane = async (_: unknown, number: number) => {
      while (next < count) await work(next++, number);
    };
    const ms = await timed(() => Promise.all(Array.from({ length: width }, lane)));
    best = Math.max(best, (1000 * count) / ms);
  }
  return best;
}

async function kvsOn(folder: string, durability: string, size = 1) {
  const attributes = { 'content.backing-path': path.join(folder, `${durability}.sqlite`), 'content.durability': durability };
  const instance = await testInstance({ size, attributes });
  for (let rank = 0; rank < size; rank++) await instance.load(rank, 'content');
  await instance.load(0, 'content-sqlite');
  for (let rank = 0; rank < size; rank++) await instance.load(rank, 'kvs');
  return { instance, kvs: new Kvs(instance.flux) };
}

async function commits(folder: string, durability: string, plain: Plain): Promise<Row[]> {
  const { instance, kvs } = await kvsOn(folder, durability);
  const clients = await Promise.all(Array.from({ length: 16 }, async () => new Kvs(await instance.open())));
  const name = `durability=${durability}`;
  const row = (what: string, value: number): Row => ({
    what: `${name}: commits/s, ${what}`,
    value,
    unit: '/s',
    note: ratio(value, plain.writes),
  });
  const rows = [
    row('one client waiting', await perSecondAsync(COMMITS, 1, (i) => kvs.put(`one.key${i % 100}`, `value ${i}`))),
    row('16 clients', await perSecondAsync(COMMITS, 16, (i, client) => clients[client]!.put(`sixteen.key${i % 100}`, `value ${i}`))),
    row('64 pipelined', await perSecondAsync(COMMITS, 64, (i) => kvs.put(`pipelined.key${i % 100}`, `value ${i}`))),
  ];
  rows.push(...(await largeDirectory(kvs, name)), ...(await longEventlog(kvs, name)));
  await instance.stop();
  return rows;
}

/** Milliseconds of one commit, one after the other: the least of some runs, as others use the machine too. */
async function cost(commit: (i: number) => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run++) {
    const began = performance.now();
    for (let i = 0; i < 40; i++) await commit(40 * run + i);
    least = Math.min(least, (performance.now() - began) / 40);
  }
  return least;
}

async function largeDirectory(kvs: Kvs, name: string): Promise<Row[]> {
  const small = await cost((i) => kvs.put(`small.k${String(i).padStart(8, '0')}`, 'x'));
  const txn = kvs.transaction();
  for (let i = 0; i < LARGE; i++) txn.put(`large.k${String(i).padStart(8, '0')}`, 'x');
  await kvs.commit(txn);
  await kvs.flux.call(content.flush);
  const atEnd = await cost((i) => kvs.put(`large.k${String(LARGE + i).padStart(8, '0')}`, 'x'));
  const inMiddle = await cost((i) => kvs.put(`large.k${String(LARGE / 2 + 97 * i).padStart(8, '0')}`, 'y'));
  return [
    { what: `${name}: commit into a small directory`, value: small, unit: 'ms' },
    {
      what: `${name}: commit into ${LARGE} entries, new name at the end`,
      value: atEnd,
      unit: 'ms',
      note: `${(atEnd / small).toFixed(2)} × small`,
    },
    {
      what: `${name}: commit into ${LARGE} entries, in the middle`,
      value: inMiddle,
      unit: 'ms',
      note: `${(inMiddle / small).toFixed(2)} × small`,
    },
  ];
}

async function longEventlog(kvs: Kvs, name: string): Promise<Row[]> {
  const entry = (i: number) => `{"timestamp":${1e9 + i}.5,"name":"event"}\n`;
  const short = await cost((i) => kvs.append('short', entry(i)));
  const txn = kvs.transaction();
  for (let i = 0; i < LONG_EVENTLOG; i++) txn.append('long', entry(i));
  await kvs.commit(txn);
  await kvs.flux.call(content.flush);
  const long = await cost((i) => kvs.append('long', entry(i)));
  return [
    { what: `${name}: append to a short eventlog`, value: short, unit: 'ms' },
    {
      what: `${name}: append to an eventlog of ${LONG_EVENTLOG} entries`,
      value: long,
      unit: 'ms',
      note: `${(long / short).toFixed(2)} × short`,
    },
  ];
}

async function lookups(plain: Plain): Promise<Row[]> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-bench-'));
  const { instance, kvs } = await kvsOn(folder, 'none', 2);
  const far = new Kvs(await instance.open(1));
  const txn = kvs.transaction();
  for (let i = 0; i < 1000; i++) txn.put(`look.key${i}`, `value ${i}`);
  const { rootseq } = await kvs.commit(txn);
  await far.waitVersion(rootseq);
  const row = (what: string, value: number): Row => ({ what: `lookups/s, ${what}`, value, unit: '/s', note: ratio(value, plain.reads) });
  const rows = [
    row('cached, one waiting', await perSecondAsync(10 * COMMITS, 1, (i) => kvs.get(`look.key${i % 1000}`))),
    row('cached, 64 pipelined', await perSecondAsync(10 * COMMITS, 64, (i) => kvs.get(`look.key${i % 1000}`))),
    row('from another rank, one waiting', await perSecondAsync(10 * COMMITS, 1, (i) => far.get(`look.key${i % 1000}`))),
  ];
  await instance.stop();
  fs.rmSync(folder, { recursive: true });
  return rows;
}

/** What a commit adds to the store's file, when the broker has ended. */
async function growth(folder: string, plain: Plain): Promise<Row[]> {
  const rows: Row[] = [];
  for (const durability of ['none', 'process']) {
    const place = path.join(folder, `growth-${durability}`);
    fs.mkdirSync(place);
    const { instance, kvs } = await kvsOn(place, durability);
    for (let i = 0; i < COMMITS; i++) await kvs.put(`job.k${String(i).padStart(8, '0')}`, `value ${i}`);
    await instance.stop();
    const bytes = fs.readdirSync(place).reduce((sum, file) => sum + fs.statSync(path.join(place, file)).size, 0);
    const what = `durability=${durability}: file growth a commit, ${COMMITS} keys of one directory`;
    rows.push({ what, value: bytes / COMMITS, unit: 'bytes', note: ratio(bytes / COMMITS, plain.growth) });
  }
  return rows;
}

const ratio = (value: number, plain: number) => `${(value / plain).toFixed(2)} × plain sqlite`;
