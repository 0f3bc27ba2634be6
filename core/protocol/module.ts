import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** Flags of a test hook (`flux module debug`), after the change. */
const flags = t.wire({ flags: t.int() });

/** What every module serves under its own name (docs/protocol/broker.md §7): `builtin.ping.at('kvs')`. A service's table may have a row of its own instead. */
export const builtin = service('MODULE', {
  /** Gives the request back, with its route, userid and rolemask. */
  ping: method({
    role: 'any',
    request: t.wire({}, { unknown: 'keep' }),
    response: t.wire({ route: t.string(), userid: t.int(), rolemask: t.int() }, { unknown: 'keep' }),
  }),
  /** The resources that the module's thread has used (getrusage(2)). */
  rusage: method({ role: 'owner', response: t.record() }),
  /** Counters of messages; services that have statistics of their own give those. */
  statsGet: method({ name: 'stats.get', role: 'any', response: t.record() }),
  /** Sets the counters to zero. */
  statsClear: method({ name: 'stats.clear', role: 'owner' }),
  /** Changes the debug flags: `op` is `setbit`, `clrbit`, `set` or `clr`. */
  debug: method({ role: 'owner', request: t.wire({ op: t.string(), flags: t.int() }), response: flags }),
  /** Ends the module. */
  shutdown: method({ role: 'owner' }),
  /** Gives the module a new broker configuration, the whole of it. */
  configReload: method({ name: 'config-reload', role: 'owner', request: t.wire({}, { unknown: 'keep' }) }),
});
