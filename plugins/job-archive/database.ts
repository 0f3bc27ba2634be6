import Database from 'better-sqlite3';
import { errorText, FluxError } from 'flux';

/** A finished job, as a row: times in seconds since the epoch, 0 for those that don't apply. */
export interface ArchivedJob {
  /** Decimal. */
  id: string;
  userid: number;
  ranks: string;
  t_submit: number;
  t_run: number;
  t_cleanup: number;
  t_inactive: number;
  eventlog: string;
  jobspec: string;
  R: string;
}

const columns = ['id', 'userid', 'ranks', 't_submit', 't_run', 't_cleanup', 't_inactive', 'eventlog', 'jobspec', 'R'];

/** The archive's file: one table, a row for each job (docs/protocol/job-info-list.md §6). Its errors are FluxErrors. */
export class ArchiveDatabase {
  readonly #db: Database.Database;

  /** Opens it, making it if there is none. */
  constructor(path: string, busyTimeout: number) {
    this.#db = attempt(`opening ${path}`, () => {
      const db = new Database(path, { timeout: busyTimeout * 1000 });
      // a write waits for the disk only at a checkpoint: the broker's other work goes on
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = NORMAL');
      db.exec(
        'CREATE TABLE IF NOT EXISTS jobs(id CHAR(16) PRIMARY KEY, userid INT, ranks TEXT, t_submit REAL, t_run REAL, t_cleanup REAL, t_inactive REAL, eventlog TEXT, jobspec TEXT, R TEXT)',
      );
      return db;
    });
  }

  /** When the last job in it became inactive; 0 if there is none. */
  get latest(): number {
    const row = attempt('reading', () =>
      this.#db.prepare<[], { latest: number | null }>('SELECT MAX(t_inactive) AS latest FROM jobs').get(),
    );
    return row?.latest ?? 0;
  }

  /** Ids of the jobs that became inactive after a time. */
  idsSince(time: number): Set<string> {
    const rows = attempt('reading', () => this.#db.prepare<[number], { id: string }>('SELECT id FROM jobs WHERE t_inactive > ?').all(time));
    return new Set(rows.map(({ id }) => id));
  }

  /** Adds jobs, all or none of them; those that it has are left as they are. */
  add(jobs: readonly ArchivedJob[]): void {
    const insert = this.#db.prepare<[ArchivedJob]>(
      `INSERT OR IGNORE INTO jobs(${columns.join(', ')}) VALUES (${columns.map((name) => `@${name}`).join(', ')})`,
    );
    attempt('inserting', () =>
      this.#db.transaction(() => {
        for (const job of jobs) insert.run(job);
      })(),
    );
  }

  close(): void {
    this.#db.close();
  }
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (e) {
    throw new FluxError('EIO', `${what}: ${errorText(e)}`, { cause: e });
  }
}
