import { defineModule, errorText, type JsonObject, listInactiveJobs, lookupJob, type ModuleContext } from 'flux';
import { jsonNumber } from 'flux/internal';
import { args, settings, table } from './config';
import type { ArchiveDatabase, ArchivedJob } from './database';

/** How long after its end a job may come into the list, in seconds: later than one that ended after it, if its data were read meanwhile. */
const LATE = 1;
const ATTRS = ['userid', 'ranks', 't_submit', 't_run', 't_cleanup', 't_inactive'];

/** Copies finished jobs to an SQLite file, if one is configured (docs/protocol/job-info-list.md §6). Rank 0. */
export default defineModule({
  name: 'job-archive',
  api: 1,
  config: table,
  table: 'archive',
  args,
  needs: ['job-list', 'job-info'],
  async main(m) {
    const { dbpath, period, busytimeout } = settings.parse({ ...m.conf, ...m.options }, { report: m.log.err });
    if (dbpath === undefined) return;
    const { ArchiveDatabase } = await import('./database.js'); // the library is loaded only where it is needed
    const database = new ArchiveDatabase(dbpath, busytimeout);
    m.defer(() => database.close());
    new Archive(m, database, period).start();
  },
});

type Context = Pick<ModuleContext, 'flux' | 'log' | 'signal' | 'after'>;

class Archive {
  readonly #m: Context;
  readonly #database: ArchiveDatabase;
  readonly #periodMs: number;
  #since: number;

  constructor(m: Context, database: ArchiveDatabase, period: number) {
    this.#m = m;
    this.#database = database;
    this.#periodMs = period * 1000;
    this.#since = database.latest;
  }

  /** Looks for finished jobs again and again; a period begins when the last one's jobs are in the file. */
  start(): void {
    this.#m.after(this.#periodMs, async () => {
      try {
        await this.#archive();
      } catch (e) {
        if (!this.#m.signal.aborted) this.#m.log.err(errorText(e));
      }
      if (!this.#m.signal.aborted) this.start();
    });
  }

  async #archive(): Promise<void> {
    const since = this.#since - LATE;
    const known = this.#database.idsSince(since);
    const inactive = await listInactiveJobs(this.#m.flux, { maxEntries: 0, since, attrs: ATTRS });
    const listed = inactive.filter((job) => !known.has(String(job['id'])));
    if (listed.length === 0) return;
    const rows = await Promise.all(listed.map((job) => this.#rowOf(job).catch((e) => this.#skip(job, e))));
    if (this.#m.signal.aborted) return;
    this.#database.add(rows.filter((row) => row !== undefined));
    this.#since = Math.max(this.#since, jsonNumber(listed[0]!['t_inactive']) ?? 0); // the latest is first
  }

  /** A job whose data can't be read is left out, so that it does not keep the others out. */
  #skip(job: JsonObject, e: unknown): undefined {
    this.#m.log.err(`job ${job['id']}: ${errorText(e)}`);
    return undefined;
  }

  async #rowOf(job: JsonObject): Promise<ArchivedJob> {
    const id = BigInt(job['id'] as number | bigint);
    const time = (name: string) => jsonNumber(job[name]) ?? 0;
    const ran = job['t_run'] !== undefined;
    const { eventlog, jobspec, R = '' } = await lookupJob(this.#m.flux, id, ran ? ['eventlog', 'jobspec', 'R'] : ['eventlog', 'jobspec']);
    return {
      id: String(id),
      userid: Number(job['userid']),
      ranks: typeof job['ranks'] === 'string' ? job['ranks'] : '',
      t_submit: time('t_submit'),
      t_run: time('t_run'),
      t_cleanup: time('t_cleanup'),
      t_inactive: time('t_inactive'),
      eventlog,
      jobspec,
      R,
    };
  }
}
