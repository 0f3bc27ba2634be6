import Database from 'better-sqlite3';
import { blobHashes, FluxError, isBlobHash } from 'flux';
import { compressSync, uncompressSync } from 'lz4-napi';

/** Blobs of this length and more are compressed. */
const COMPRESSION_THRESHOLD = 256;
/** `size` of a blob that is stored as it is. */
const NOT_COMPRESSED = -1;
/** Bytes that lz4-napi puts in front of a block: the length of the blob, little-endian. */
const LENGTH_PREFIX = 4;

interface Row {
  size: number;
  object: Buffer | null;
}

/**
 * A content database, of the schema and encoding that flux-core has (contract: content.md, 4.1). The digests are bytes stored as TEXT, hence the casts.
 * Its errors are FluxErrors.
 */
export class ContentDatabase {
  readonly #db: Database.Database;
  readonly #load: Database.Statement<[Buffer], Row>;
  readonly #store: Database.Statement<[Buffer, number, Buffer]>;
  readonly #get: Database.Statement<[string], { value: string }>;
  readonly #put: Database.Statement<[string, string]>;

  /** Opens a database, making it if there is none. The error's text says what the database library has against it. */
  constructor(path: string) {
    this.#db = opened(path);
    this.#load = this.#db.prepare('SELECT object, size FROM objects WHERE hash = CAST(? AS TEXT) LIMIT 1');
    this.#store = this.#db.prepare('INSERT OR IGNORE INTO objects (hash, size, object) VALUES (CAST(? AS TEXT), ?, ?)');
    this.#get = this.#db.prepare('SELECT value FROM checkpt WHERE key = ?');
    this.#put = this.#db.prepare('REPLACE INTO checkpt (key, value) VALUES (?, ?)');
  }

  /** ENOENT: there is no such blob. */
  load(digest: Buffer): Buffer {
    const row = attempt(() => this.#load.get(digest));
    if (!row) throw new FluxError('ENOENT');
    const object = row.object ?? Buffer.alloc(0);
    return row.size === NOT_COMPRESSED ? object : uncompressed(object, row.size);
  }

  /** Storing what is there already changes nothing. */
  store(digest: Buffer, blob: Buffer): void {
    if (blob.length < COMPRESSION_THRESHOLD) attempt(() => this.#store.run(digest, NOT_COMPRESSED, blob));
    else attempt(() => this.#store.run(digest, blob.length, compressSync(blob).subarray(LENGTH_PREFIX)));
  }

  /** ENOENT: there is no such checkpoint. */
  getCheckpoint(key: string): string {
    const row = attempt(() => this.#get.get(key));
    if (!row) throw new FluxError('ENOENT');
    return row.value;
  }

  putCheckpoint(key: string, value: string): void {
    attempt(() => this.#put.run(key, value));
  }

  /** Number of blobs. */
  get count(): number {
    return attempt(() => this.#db.prepare<[], number>('SELECT count(*) FROM objects').pluck().get()) ?? 0;
  }

  /** Leaves one plain file, as flux-core does. */
  close(): void {
    attempt(() => this.#db.pragma('journal_mode = DELETE'));
    this.#db.close();
  }
}

/** Digest bytes of a blobref whatever the case of its hex digits; undefined if it is none. */
export function digestOf(ref: string): Buffer | undefined {
  const [, hash, hex] = /^([a-z0-9]+)-([0-9a-fA-F]+)$/.exec(ref) ?? [];
  if (hash === undefined || hex === undefined || !isBlobHash(hash) || hex.length !== 2 * blobHashes[hash]) return undefined;
  return Buffer.from(hex, 'hex');
}

function opened(path: string): Database.Database {
  const db = attempt(() => connect(path));
  // A write-ahead log, so that a killed broker leaves a sound file; nothing waits for the disk.
  for (const pragma of ['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = OFF']) attempt(() => db.pragma(pragma));
  attempt(() => db.exec('CREATE TABLE IF NOT EXISTS objects(hash CHAR(20) PRIMARY KEY, size INT, object BLOB)'));
  attempt(() => db.exec('CREATE TABLE IF NOT EXISTS checkpt(key TEXT UNIQUE, value TEXT)'));
  return db;
}

function connect(path: string): Database.Database {
  try {
    return new Database(path);
  } catch (e) {
    // A missing folder is a TypeError of the binding.
    throw e instanceof TypeError ? new FluxError('EINVAL', 'unable to open database file(14)', { cause: e }) : e;
  }
}

function uncompressed(block: Buffer, length: number): Buffer {
  const prefixed = Buffer.allocUnsafe(LENGTH_PREFIX + block.length);
  prefixed.writeUInt32LE(length);
  block.copy(prefixed, LENGTH_PREFIX);
  try {
    const blob = uncompressSync(prefixed);
    if (blob.length === length) return blob;
  } catch (e) {
    throw new FluxError('EINVAL', 'corrupt blob in content database', { cause: e });
  }
  throw new FluxError('EINVAL', 'corrupt blob in content database');
}

/** errno names of the result codes of SQLite; others are EINVAL. */
const errnos: Readonly<Record<string, string>> = {
  IOERR: 'EIO',
  NOMEM: 'ENOMEM',
  ABORT: 'EPERM',
  PERM: 'EPERM',
  READONLY: 'EPERM',
  TOOBIG: 'EFBIG',
  FULL: 'ENOSPC',
};

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (e) {
    if (!(e instanceof Database.SqliteError)) throw e;
    const primary = /^SQLITE_([A-Z]+)/.exec(e.code)?.[1] ?? '';
    throw new FluxError(errnos[primary] ?? 'EINVAL', e.message, { cause: e });
  }
}
