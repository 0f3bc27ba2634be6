import Database from 'better-sqlite3';
import { type ErrnoCode, FluxError } from 'flux';

/**
 * Result codes of SQLite by the name that its binding gives them, and the errno of those that have one (docs/protocol/content.md §4.1); others are
 * EINVAL.
 */
const codes: Readonly<Record<string, readonly [number, ErrnoCode?]>> = {
  ERROR: [1],
  INTERNAL: [2],
  PERM: [3, 'EPERM'],
  ABORT: [4, 'EPERM'],
  BUSY: [5],
  LOCKED: [6],
  NOMEM: [7, 'ENOMEM'],
  READONLY: [8, 'EPERM'],
  INTERRUPT: [9],
  IOERR: [10, 'EIO'],
  CORRUPT: [11],
  FULL: [13, 'ENOSPC'],
  CANTOPEN: [14],
  PROTOCOL: [15],
  SCHEMA: [17],
  TOOBIG: [18, 'EFBIG'],
  CONSTRAINT: [19],
  MISMATCH: [20],
  MISUSE: [21],
  NOTADB: [26],
};

/** Does something with a database; its errors are FluxErrors, the text SQLite's own with its result code: `database is locked(5)`. */
export function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (e) {
    throw databaseError(e);
  }
}

export function databaseError(e: unknown): unknown {
  if (!(e instanceof Database.SqliteError)) return e;
  const [number, errno = 'EINVAL'] = codes[/^SQLITE_([A-Z]+)/.exec(e.code)?.[1] ?? ''] ?? [];
  return new FluxError(errno, number === undefined ? e.message : `${e.message}(${number})`, { cause: e });
}
