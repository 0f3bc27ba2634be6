import { t } from '../schema';
import { event } from './event';
import { method } from './method';
import { service } from './service';

/** Barriers among clients anywhere in the instance (docs/protocol/cron-heartbeat-barrier.md §4). */
export const barrier = service('barrier', {
  /** Enters a barrier; answered when `nprocs` clients have. */
  enter: method({
    role: 'user',
    request: t.wire({ name: t.string(), nprocs: t.int() }, { unknown: 'reject' }),
    errors: {
      EINVAL: 'nprocs is not above 0, or not what others entered with',
      EEXIST: 'this client waits on it already, which ends it for all',
      ECONNABORTED: 'a client that waited on it is gone, or entered twice',
    },
  }),
  /** Entries below the sender, of which its parent is told. */
  update: method({
    role: 'owner',
    request: t.wire({ name: t.string(), count: t.int(), nprocs: t.int(), owner: t.int() }, { unknown: 'reject' }),
  }),
  /** A client is gone: what it waits on ends for all. */
  disconnect: method({ role: 'user' }),
  /** The barrier of this name and userid is complete, or broken. */
  exit: event({ payload: t.wire({ name: t.string(), owner: t.int(), errnum: t.int() }) }),
});
