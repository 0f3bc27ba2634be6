import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** What EPROTO says of a request. */
const complaint = (reason: string) => `invalid payload: ${reason}`;
/** Names of attributes (list-attrs), an array of strings. */
const attrs = t.any();
const jobs = t.wire({ jobs: t.array(t.exactObject()) });
const badAttribute = { EINVAL: 'there is no such attribute' };

/** Jobs and their properties, from the job manager's journal and the KVS (docs/protocol/job-info-list.md §5). A job has `id`, and those of `attrs` that apply. Rank 0. */
export const jobList = service('job-list', {
  /**
   * Pending jobs by priority, then running ones, then inactive ones, both the latest first: up to `max_entries` (0: all) of a user (4294967295: of all), whose state
   * is among the bits of `states` and, if inactive, whose result among those of `results` (0: any).
   */
  list: method({
    role: 'user',
    request: t.wire({ max_entries: t.int(), attrs, userid: t.int(), states: t.int(), results: t.int() }),
    response: jobs,
    complaint,
    errors: badAttribute,
  }),
  /** Jobs that became inactive after `since`, seconds since the epoch, the latest first; only those of a name, if there is one. */
  listInactive: method({
    name: 'list-inactive',
    role: 'user',
    request: t.wire({ max_entries: t.int(), since: t.number(), attrs, name: t.optional(t.string()) }),
    response: jobs,
    complaint,
    errors: badAttribute,
  }),
  /** One job. It is answered when the job's data have been read, if it exists already. */
  listId: method({
    name: 'list-id',
    role: 'user',
    request: t.wire({ id: t.id(), attrs }),
    response: t.wire({ job: t.exactObject() }),
    complaint,
    errors: { ENOENT: 'there is no such job', EINVAL: 'there is no such attribute, or the eventlog of the job can not be read' },
  }),
  /** The names of all attributes but `id`, which comes always. */
  listAttrs: method({ name: 'list-attrs', role: 'user', response: t.wire({ attrs: t.array(t.string()) }) }),
  /** Numbers of jobs in each state and in all; of inactive ones that failed (canceled and timed out ones, too), were canceled, and timed out. */
  jobStats: method({
    name: 'job-stats',
    role: 'user',
    response: t.wire({
      job_states: t.wire({
        depend: t.int(),
        priority: t.int(),
        sched: t.int(),
        run: t.int(),
        cleanup: t.int(),
        inactive: t.int(),
        total: t.int(),
      }),
      failed: t.int(),
      canceled: t.int(),
      timeout: t.int(),
    }),
  }),
  /** Events of jobs wait until job-state-unpause: for tests. */
  jobStatePause: method({ name: 'job-state-pause', role: 'user' }),
  /** Takes over what waits, and what comes. */
  jobStateUnpause: method({ name: 'job-state-unpause', role: 'user' }),
  /** Numbers of jobs that are listed; of lookups of ids that were not known, and of ids that are waited for. */
  statsGet: method({
    name: 'stats.get',
    role: 'owner',
    response: t.wire({
      jobs: t.wire({ pending: t.int(), running: t.int(), inactive: t.int() }),
      idsync: t.wire({ lookups: t.int(), waits: t.int() }),
    }),
  }),
});
