import { defineModule, errorText, FluxError, type JsonObject, type Request } from 'flux';
import { expectObject, member } from 'flux/internal';
import { attributeNames, describe, readers } from './attributes';
import type { ListJob } from './job';
import { JournalReader } from './journal';
import { JobTable } from './table';

const ALL_USERS = 0xffffffff;

/** Lists jobs by their properties (contract/job-info-list.md §5). Rank 0. */
export default defineModule({
  name: 'job-list',
  api: 1,
  reads: [],
  methods: {
    list: 'user',
    'list-inactive': 'user',
    'list-id': 'user',
    'list-attrs': 'user',
    'job-stats': 'user',
    'job-state-pause': 'user',
    'job-state-unpause': 'user',
    'stats.get': 'owner',
  },
  needs: ['kvs', 'job-manager'],
  async main(m) {
    const table = new JobTable();
    const reader = new JournalReader(m.flux, table, (id, e) => m.log.err(`${id}: ${errorText(e)}`));

    m.serve('list', (_, request) => list(table, request));
    m.serve('list-inactive', (_, request) => listInactive(table, request));
    m.serve('list-id', (_, request) => listId(reader, request));
    m.serve('list-attrs', () => ({ attrs: [...attributeNames] }));
    m.serve('job-stats', () => table.stats);
    m.serve('stats.get', () => ({ jobs: table.counts, idsync: { lookups: reader.idLookups, waits: reader.waits } }));
    m.serve('job-state-pause', () => reader.pause());
    m.serve('job-state-unpause', () => reader.resume());

    const hellos = await m.flux.events('job-manager.hello');
    await reader.load();
    m.defer(() => reader.close());
    reader.follow(hellos).catch((e) => {
      if (!m.signal.aborted) m.stop(e);
    });
  },
});

/** The request's payload as `read` has it, members in its order; what is wrong with it is EPROTO with the contract's text. */
function payloadOf<T extends { max?: number; attrs: unknown }>(
  request: Request,
  read: (payload: JsonObject) => T,
): T & { attrs: unknown[] } {
  try {
    const wanted = read(expectObject(request.message.payload?.strictJson() ?? null));
    const { max = 0, attrs } = wanted;
    if (max < 0) throw new FluxError('EINVAL', 'max_entries < 0 not allowed');
    if (!Array.isArray(attrs)) throw new FluxError('EINVAL', 'attrs must be an array');
    return { ...wanted, attrs: attrs as unknown[] };
  } catch (e) {
    throw new FluxError('EPROTO', `invalid payload: ${errorText(e)}`);
  }
}

/** The user whose jobs are wanted; undefined: all users. */
function userOf(payload: JsonObject): number | undefined {
  const userid = member.integer(payload, 'userid') >>> 0;
  return userid === ALL_USERS ? undefined : userid;
}

function list(table: JobTable, request: Request): object {
  const wanted = payloadOf(request, (payload) => ({
    max: member.integer(payload, 'max_entries'),
    attrs: member.any(payload, 'attrs'),
    userid: userOf(payload),
    states: member.integer(payload, 'states'),
    results: member.integer(payload, 'results'),
  }));
  return describeAll(table.select(wanted), wanted);
}

function listInactive(table: JobTable, request: Request): object {
  const wanted = payloadOf(request, (payload) => ({
    max: member.integer(payload, 'max_entries'),
    since: member.number(payload, 'since'),
    attrs: member.any(payload, 'attrs'),
    name: 'name' in payload ? member.string(payload, 'name') : undefined,
  }));
  return describeAll(named(table.inactive(wanted), wanted.name), wanted);
}

function* named(jobs: Iterable<ListJob>, name: string | undefined): Iterable<ListJob> {
  for (const job of jobs) if (name === undefined || job.name === name) yield job;
}

function describeAll(jobs: Iterable<ListJob>, { max, attrs }: { max: number; attrs: unknown[] }): object {
  const found: object[] = [];
  let reads: ReturnType<typeof readers> | undefined; // unknown attributes matter only when there is a job
  for (const job of jobs) {
    reads ??= readers(attrs);
    found.push(describe(job, reads));
    if (found.length === max) break;
  }
  return { jobs: found };
}

async function listId(reader: JournalReader, request: Request): Promise<object> {
  const wanted = payloadOf(request, (payload) => {
    const id = payload['id'];
    if (typeof id !== 'bigint') member.integer(payload, 'id');
    return { id: BigInt(id as number | bigint), attrs: member.any(payload, 'attrs') };
  });
  return { job: describe(await reader.find(wanted.id), readers(wanted.attrs)) };
}
