import fs from 'node:fs';
import Database from 'better-sqlite3';
import { FluxError, toFluxError } from 'flux';
import { blobHashes, type ContentDurability, isBlobHash } from 'flux/internal';
import { decodeBlob, type EncodedBlob, encodeBlob } from './encoding';
import { attempt, databaseError } from './sqlite-errors';

/**
 * How each durability is kept. A write-ahead log is sound whenever a process or a machine dies; with NORMAL what is committed is with the operating
 * system, and with FULL on the disk. A kept rollback journal writes large blobs once instead of twice, but after a loss of power may be worthless.
 */
const modes: Readonly<Record<ContentDurability, readonly string[]>> = {
  none: ['journal_mode = PERSIST', 'synchronous = OFF'],
  process: ['journal_mode = WAL', 'synchronous = NORMAL'],
  power: ['journal_mode = WAL', 'synchronous = FULL'],
};

/** Pages of the log that are moved to the file at once: the more, the fewer writes of pages that change often. 16 MB. */
const CHECKPOINT_PAGES = 4096;

/** Digests are bytes of storage class TEXT, hence the casts in their SQL. */
interface Statements {
  load: Database.Statement<[Buffer], { size: unknown; object: unknown }>;
  store: Database.Statement<[Buffer, number, Buffer]>;
  get: Database.Statement<[string], string>;
  put: Database.Statement<[string, string]>;
}

export interface DatabaseOptions {
  durability?: ContentDurability;
  /** Milliseconds to wait for the lock of a broker that is about to end. */
  lockTimeout?: number;
}

/** A change that is made in one transaction with others, and who hears of its outcome. */
export interface Change {
  run: () => unknown;
  /** Hears what `run` gave. */
  resolve: (value: unknown) => void;
  reject: (e: unknown) => void;
}

/** A content database, of the schema and encoding that flux-core has (docs/protocol/content.md §4.1). Its errors are FluxErrors. */
export class ContentDatabase {
  readonly #db: Database.Database;
  readonly #statements: Statements;

  /** Opens a database, making it if there is none. The error's text says what SQLite has against it. */
  constructor(path: string, { durability = 'process', lockTimeout = 5000 }: DatabaseOptions = {}) {
    const db = attempt(() => connect(path, lockTimeout));
    try {
      for (const pragma of ['locking_mode = EXCLUSIVE', ...modes[durability], `wal_autocheckpoint = ${CHECKPOINT_PAGES}`])
        db.pragma(pragma);
      db.exec('CREATE TABLE IF NOT EXISTS objects(hash CHAR(20) PRIMARY KEY, size INT, object BLOB)');
      db.exec('CREATE TABLE IF NOT EXISTS checkpt(key TEXT UNIQUE, value TEXT)');
      this.#statements = prepare(db);
    } catch (e) {
      db.close();
      throw databaseError(e);
    }
    this.#db = db;
  }

  /** ENOENT: there is no such blob; EINVAL: its row is corrupt. */
  load(digest: Buffer): Buffer {
    const row = attempt(() => this.#statements.load.get(digest));
    if (!row) throw new FluxError('ENOENT');
    return decodeBlob(row);
  }

  /** Storing what is there already changes nothing. */
  store(digest: Buffer, blob: Buffer | EncodedBlob): void {
    const { size, object } = Buffer.isBuffer(blob) ? encodeBlob(blob) : blob;
    attempt(() => this.#statements.store.run(digest, size, object));
  }

  /** ENOENT: there is no such checkpoint. */
  getCheckpoint(key: string): string {
    const value = attempt(() => this.#statements.get.get(key));
    if (value === undefined) throw new FluxError('ENOENT');
    return value;
  }

  putCheckpoint(key: string, value: string): void {
    attempt(() => this.#statements.put.run(key, value));
  }

  /**
   * Makes changes in one transaction and settles each when it is committed, so that what it resolves with survives as content.durability says. If
   * all of it fails, on a disk that is almost full, each is tried by itself: a large blob takes no small one with it.
   */
  commit(changes: readonly Change[]): void {
    const settle: (() => void)[] = [];
    try {
      attempt(() => this.#db.exec('BEGIN'));
      for (const { run, resolve, reject } of changes) {
        const outcome = outcomeOf(run);
        settle.push('error' in outcome ? () => reject(outcome.error) : () => resolve(outcome.value));
        if (!this.#db.inTransaction) throw 'error' in outcome ? outcome.error : new FluxError('EIO'); // SQLite has rolled all of it back
      }
      attempt(() => this.#db.exec('COMMIT'));
    } catch (e) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      if (changes.length > 1) for (const change of changes) this.commit([change]);
      else for (const { reject } of changes) reject(toFluxError(e));
      return;
    }
    for (const tell of settle) tell();
  }

  /** Number of blobs. */
  get count(): number {
    return attempt(() => this.#db.prepare<[], number>('SELECT count(*) FROM objects').pluck().get()) ?? 0;
  }

  /** Leaves one plain file, as flux-core does. */
  close(): void {
    try {
      attempt(() => this.#db.pragma('journal_mode = DELETE'));
    } finally {
      this.#db.close();
    }
  }
}

/** Digest bytes of a blobref whatever the case of its hex digits; undefined if it is none. */
export function digestOf(ref: string): Buffer | undefined {
  const [, hash, hex] = /^([a-z0-9]+)-([0-9a-fA-F]+)$/.exec(ref) ?? [];
  if (hash === undefined || hex === undefined || !isBlobHash(hash) || hex.length !== 2 * blobHashes[hash]) return undefined;
  return Buffer.from(hex, 'hex');
}

/** A new file is made here, since its mode is to be that of the umask. */
function connect(path: string, timeout: number): Database.Database {
  try {
    fs.closeSync(fs.openSync(path, 'a', 0o666));
  } catch (e) {
    const { code } = toFluxError(e);
    if (code !== 'EACCES' && code !== 'EROFS') throw new FluxError('EINVAL', 'unable to open database file(14)', { cause: e });
  }
  return new Database(path === ':memory:' ? './:memory:' : path, { timeout }); // a file, whatever its name
}

function prepare(db: Database.Database): Statements {
  return {
    load: db.prepare('SELECT object, size FROM objects WHERE hash = CAST(? AS TEXT) LIMIT 1'),
    store: db.prepare('INSERT OR IGNORE INTO objects (hash, size, object) VALUES (CAST(? AS TEXT), ?, ?)'),
    get: db.prepare<[string], string>("SELECT CAST(ifnull(value, '') AS TEXT) FROM checkpt WHERE key = ?").pluck(),
    put: db.prepare('REPLACE INTO checkpt (key, value) VALUES (?, ?)'),
  };
}

function outcomeOf(run: () => unknown): { value: unknown } | { error: unknown } {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
