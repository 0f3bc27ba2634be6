import { defineModule, errorText, FluxError, jobList, jobManager } from 'flux';
import { attributeNames, describe, readers } from './attributes';
import type { ListJob } from './job';
import { JournalReader } from './journal';
import { JobTable } from './table';

const ALL_USERS = 0xffffffff;

/** Lists jobs by their properties (docs/protocol/job-info-list.md §5). Rank 0. */
export default defineModule({
  serves: jobList,
  api: 1,
  reads: [],
  needs: ['kvs', 'job-manager'],
  async main(m) {
    const table = new JobTable();
    const reader = new JournalReader(m.flux, table, (id, e) => m.log.err(`${id}: ${errorText(e)}`));
    const hellos = await m.flux.events(jobManager.hello);
    await reader.load();
    m.defer(() => reader.close());
    reader.follow(hellos).catch((e) => {
      if (!m.signal.aborted) m.stop(e);
    });
    return {
      list: ({ userid, ...wanted }) => {
        const limits = limitsOf(wanted);
        const user = userid >>> 0; // one above 2^31 may come as a negative number
        return describeAll(table.select({ ...wanted, userid: user === ALL_USERS ? undefined : user }), limits);
      },
      listInactive: ({ name, ...wanted }) => {
        const limits = limitsOf(wanted);
        return describeAll(named(table.inactive(wanted), name), limits);
      },
      listId: async ({ id, attrs }) => {
        const names = namesIn(attrs);
        return { job: describe(await reader.find(id), readers(names)) };
      },
      listAttrs: () => ({ attrs: attributeNames }),
      jobStats: () => table.stats,
      jobStatePause: () => reader.pause(),
      jobStateUnpause: () => reader.resume(),
      statsGet: () => ({ jobs: table.counts, idsync: { lookups: reader.idLookups, waits: reader.waits } }),
    };
  },
});

/** How many jobs are wanted (0: all), and what of each. */
interface Limits {
  max: number;
  attrs: unknown[];
}

function limitsOf({ max_entries: max, attrs }: { max_entries: number; attrs: unknown }): Limits {
  if (max < 0) throw invalid('max_entries < 0 not allowed');
  return { max, attrs: namesIn(attrs) };
}

function namesIn(attrs: unknown): unknown[] {
  if (!Array.isArray(attrs)) throw invalid('attrs must be an array');
  return attrs;
}

function invalid(reason: string): FluxError {
  return new FluxError('EPROTO', `invalid payload: ${reason}`);
}

function* named(jobs: Iterable<ListJob>, name: string | undefined): Iterable<ListJob> {
  for (const job of jobs) if (name === undefined || job.name === name) yield job;
}

function describeAll(jobs: Iterable<ListJob>, { max, attrs }: Limits): { jobs: object[] } {
  const found: object[] = [];
  let reads: ReturnType<typeof readers> | undefined; // unknown attributes matter only when there is a job
  for (const job of jobs) {
    reads ??= readers(attrs);
    found.push(describe(job, reads));
    if (found.length === max) break;
  }
  return { jobs: found };
}
