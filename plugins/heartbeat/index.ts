import { defineModule, heartbeat, real, t } from 'flux';
import { MAX_DELAY_MS } from 'flux/internal';

/** Arguments of the module: what can't be used is logged, and fails the load. */
const args = t.logged(
  t.object(
    {
      /** Seconds between pulses; 0: there is only one. */
      period: t.worded(t.duration({ default: 2 }), 'error parsing period value: Invalid argument'),
    },
    { unknownText: (arg) => `unknown option: ${arg}` },
  ),
);

/** Publishes `heartbeat.pulse` at once and every `period` (flux_sync_create(3), docs/protocol/cron-heartbeat-barrier.md §3); 0: only once. Rank 0. */
export default defineModule({
  serves: heartbeat,
  api: 1,
  reads: [],
  args,
  async main(m) {
    const { period } = m.options;
    const pulse = () => m.flux.publish(heartbeat.pulse).then(() => undefined);
    await pulse();
    if (period > 0) m.every(Math.min(period * 1000, MAX_DELAY_MS), pulse);
    return { get: () => ({ period: real(period) }) };
  },
});
