import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const ofRank = t.wire({ rank: t.int() });
const ESRCH = 'there is no such rank';

/** The brokers of `flux start --test-size`, for who tests with them (docs/protocol/broker.md §14): on a socket of its own, START_LOCAL_URI. */
export const start = service('start', {
  /** The brokers' processes, by rank; a pid of -1: it doesn't run. */
  status: method({ role: 'owner', response: t.wire({ procs: t.array(t.wire({ pid: t.int() })) }) }),
  /** Signals a broker. */
  kill: method({
    role: 'owner',
    request: t.wire({ rank: t.int(), signum: t.int() }),
    errors: { ESRCH, EINVAL: 'there is no such signal' },
  }),
  /** Answered with the exit code of a broker when it has ended. */
  wait: method({
    role: 'owner',
    request: ofRank,
    response: t.wire({ exit_rc: t.int() }),
    errors: { ESRCH, EEXIST: 'somebody waits for it already' },
  }),
  /** Starts a broker that has ended. */
  run: method({ role: 'owner', request: ofRank, errors: { ESRCH, EEXIST: 'it runs' } }),
});
