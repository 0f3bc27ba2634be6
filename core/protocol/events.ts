import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** Publication of events (docs/protocol/wire.md §6, "Events"; flux_event_publish(3)). On rank 0 alone. */
export const events = service('event', {
  /** `flags`: 0, or that of private events. `payload`: base64, padded. Gives the event's sequence number. */
  pub: method({
    role: 'user',
    request: t.wire({ topic: t.string(), flags: t.int(), payload: t.optional(t.string()) }),
    response: t.wire({ seq: t.int() }),
    leader: true,
  }),
});
