import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** The log of one broker (docs/protocol/broker.md §3, flux-dmesg(1), flux-logger(1)). */
export const brokerLog = service('log', {
  /** Takes an entry, one line in the form of RFC 5424. Answered only if it has a matchtag. */
  append: method({ role: 'owner', request: 'bytes' }),
  /** Empties the ring. */
  clear: method({ role: 'owner' }),
  /** The stored entries, oldest first; with `follow` then each one that is stored. */
  dmesg: method({ role: 'owner', answers: 'stream', request: t.wire({ follow: t.boolean() }), response: 'text' }),
});
