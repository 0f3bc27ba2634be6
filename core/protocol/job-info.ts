import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const notTheirs = "another user's job";

/** What the KVS has of a job, for its user (docs/protocol/job-info-list.md §4). */
export const jobInfo = service('job-info', {
  /** Raw values of keys below the job's KVS directory (`eventlog`, `jobspec`, `R`, `guest.…`), by key: all, or an error. `flags`: 0. */
  lookup: method({
    role: 'user',
    request: t.wire({ id: t.id(), keys: t.array(), flags: t.int() }),
    response: t.record(t.string()),
    errors: { ENOENT: 'no such job or key', EPERM: notTheirs, EINVAL: 'a key is no string, or the eventlog of the job is malformed' },
  }),
  /**
   * The entries of an eventlog, a line each: those that are there, then those that come, until the log ends. `path` is a key below the job's directory; with `guest`
   * below its guest namespace. `flags`: 0.
   */
  eventlogWatch: method({
    name: 'eventlog-watch',
    role: 'user',
    answers: 'stream',
    request: t.wire({ id: t.id(), path: t.string(), flags: t.int(), guest: t.optional(t.boolean()) }),
    response: t.wire({ event: t.string() }),
    unstreamed: 'eventlog-watch request rejected without streaming RPC flag',
    errors: { ENOENT: 'no such job or eventlog', EPERM: notTheirs, ENOTSUP: 'the job has no guest namespace' },
  }),
  /** Ends such a stream of the sender's, with ENODATA. */
  eventlogWatchCancel: method({
    name: 'eventlog-watch-cancel',
    role: 'user',
    answers: 'never',
    request: t.wire({ matchtag: t.int() }),
  }),
  /** Lookups in progress, and open watches: all, and those of guest eventlogs. */
  statsGet: method({
    name: 'stats.get',
    role: 'owner',
    response: t.wire({ lookups: t.int(), watchers: t.int(), guest_watchers: t.int() }),
  }),
});
