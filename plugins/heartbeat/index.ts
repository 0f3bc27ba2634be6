import { defineModule, FluxError, heartbeat, parseFsd, real } from 'flux';
import { MAX_DELAY_MS } from 'flux/internal';

const DEFAULT_PERIOD = 2;

/** Publishes `heartbeat.pulse` at once and every `period` (flux_sync_create(3), contract/cron-heartbeat-barrier.md §3); 0: only once. Rank 0. */
export default defineModule({
  serves: heartbeat,
  api: 1,
  reads: [],
  async main(m) {
    const period = periodFrom(m.args, m.log.err);
    const pulse = () => m.flux.publish(heartbeat.pulse).then(() => undefined);
    await pulse();
    if (period > 0) m.every(Math.min(period * 1000, MAX_DELAY_MS), pulse);
    return { get: () => ({ period: real(period) }) };
  },
});

function periodFrom(args: readonly string[], logError: (text: string) => void): number {
  let period = DEFAULT_PERIOD;
  for (const arg of args) {
    const value = /^period=(.*)$/s.exec(arg)?.[1];
    if (value === undefined) {
      logError(`unknown option: ${arg}`);
      throw new FluxError('EINVAL');
    }
    try {
      period = parseFsd(value);
    } catch {
      logError('error parsing period value: Invalid argument');
      throw new FluxError('EINVAL');
    }
  }
  return period;
}
