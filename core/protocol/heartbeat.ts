import { t } from '../schema';
import { event } from './event';
import { method } from './method';
import { service } from './service';

/** The instance's pulse (docs/protocol/cron-heartbeat-barrier.md §3). */
export const heartbeat = service('heartbeat', {
  /** The time between pulses in seconds; 0: there was only one. */
  get: method({ role: 'user', response: t.wire({ period: t.number() }) }),
  /** Comes once a period, on all ranks. */
  pulse: event(),
});
