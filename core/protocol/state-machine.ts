import { t } from '../schema';
import { event } from './event';
import { method } from './method';
import { service } from './service';

/** What state of its life a broker is in (docs/protocol/broker.md §9). */
export const stateMachine = service('state-machine', {
  /** none 0, join 1, init 2, quorum 3, run 4, cleanup 5, shutdown 6, finalize 7, exit 8; as a stream again at each change, but not of the last two. */
  monitor: method({ role: 'owner', answers: 'either', response: t.wire({ state: t.int() }) }),
  /** Rank 0 has come to state shutdown. */
  shutdown: event({ topic: 'shutdown' }),
});
