import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const type = t.oneOf(['interval', 'event', 'datetime']);

/** A run of an entry's command. `status` is a wait status, `code` the exit code of a shell; the errnos tell why the command could not be run. */
const task = t.wire({
  rank: t.int(),
  pid: t.int(),
  status: t.int(),
  state: t.string(),
  'create-time': t.number(),
  'start-time': t.optional(t.number()),
  'running-time': t.optional(t.number()),
  'end-time': t.optional(t.number()),
  code: t.optional(t.int()),
  timedout: t.optional(t.oneOf([true])),
  rexec_errno: t.optional(t.int()),
  exec_errno: t.optional(t.int()),
});

/** An entry, with its statistics and tasks: the one that runs, then those that have ended, the latest first. Times are seconds since the epoch, 0 for never. */
const cronEntry = t.wire({
  id: t.int(),
  rank: t.int(),
  name: t.string(),
  command: t.string(),
  repeat: t.int(),
  stopped: t.boolean(),
  type,
  timeout: t.optional(t.number()),
  stats: t.wire({
    ctime: t.number(),
    starttime: t.number(),
    lastrun: t.number(),
    count: t.int(),
    failcount: t.int(),
    total: t.int(),
    success: t.int(),
    failure: t.int(),
    deferred: t.int(),
  }),
  typedata: t.exactObject(),
  tasks: t.array(task),
});

const ofEntry = t.wire({ id: t.int() });
const unknown = 'there is no such entry';

/** Commands that run at times, after intervals and on events (docs/protocol/cron-heartbeat-barrier.md §1). Rank 0. */
export const cron = service('cron', {
  /**
   * Adds an entry and starts it. `args` are those of the type. An id is used up even if the others are of the wrong type: `environ`, an object, and `cwd` of the
   * command; `rank`, where it runs; `repeat`: stop after so many runs; `stop-on-failure`: after so many failures (0: never); `task-history-count`: ended tasks that
   * are kept (1); `timeout`: seconds that a run may take, a number.
   */
  create: method({
    role: 'owner',
    request: t.wire({
      type: t.string(),
      name: t.string(),
      command: t.string(),
      args: t.exactObject(),
      environ: t.optional(t.exact()),
      cwd: t.optional(t.exact()),
      repeat: t.optional(t.exact()),
      rank: t.optional(t.exact()),
      'task-history-count': t.optional(t.exact()),
      'stop-on-failure': t.optional(t.exact()),
      timeout: t.optional(t.exact()),
    }),
    response: cronEntry,
    errors: {
      ENOSYS: 'there is no such type',
      EINVAL: 'the arguments of the type make no sense',
      ERANGE: 'a field of a date is out of range',
    },
  }),
  /** All entries, in the order of their creation. */
  list: method({ role: 'owner', response: t.wire({ entries: t.array(cronEntry) }) }),
  /** No more runs; a task that runs goes on. */
  stop: method({ role: 'owner', request: ofEntry, response: cronEntry, errors: { ENOENT: unknown, EINVAL: 'it is stopped' } }),
  /** Starts an entry that is stopped, counting from 0 again. */
  start: method({ role: 'owner', request: ofEntry, response: cronEntry, errors: { ENOENT: unknown, EINVAL: 'it is not stopped' } }),
  /** Removes an entry, and gives it as it was; with `kill` its task gets SIGTERM. */
  delete: method({
    role: 'owner',
    request: t.wire({ id: t.int(), kill: t.boolean({ default: false }) }),
    response: cronEntry,
    errors: { ENOENT: unknown },
  }),
  /**
   * Sets the event (`topic`) that tasks wait for, or, with `disable`, none, and for how many seconds after it tasks still run at once (`sync_epsilon`); gives what is set
   * then. Members of another type are passed over.
   */
  sync: method({
    role: 'owner',
    request: t.wire({ topic: t.optional(t.any()), disable: t.optional(t.any()), sync_epsilon: t.optional(t.any()) }),
    response: t.union(t.wire({ sync_event: t.string(), sync_epsilon: t.number() }), t.wire({ sync_disabled: t.oneOf([true]) })),
  }),
});
