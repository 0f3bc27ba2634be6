import { type DrainInfo, FluxError, IdSet, real } from 'flux';

/** The drained ranks, with reason and time. */
export class DrainTable {
  readonly #ranks = new Map<number, { timestamp: number; reason: string }>();

  get ranks(): IdSet {
    return IdSet.from(this.#ranks.keys());
  }

  /** A rank that is drained already gets the new time and reason. */
  drain(ranks: IdSet, timestamp: number, reason: string): void {
    for (const rank of ranks) this.#ranks.set(rank, { timestamp, reason });
  }

  /** @throws FluxError EINVAL `rank N not drained`; then nothing has changed */
  undrain(ranks: IdSet): void {
    for (const rank of ranks) if (!this.#ranks.has(rank)) throw new FluxError('EINVAL', `rank ${rank} not drained`);
    this.forget(ranks);
  }

  /** As undrain(), for ranks that may not be drained. */
  forget(ranks: IdSet): void {
    for (const rank of ranks) this.#ranks.delete(rank);
  }

  /** The table as resource.status and resource-init show it: ranks with equal time and reason share a key. */
  toJSON(): Record<string, DrainInfo> {
    const groups = new Map<string, { ranks: IdSet; info: DrainInfo }>();
    for (const [rank, { timestamp, reason }] of [...this.#ranks].sort(([a], [b]) => a - b)) {
      const key = `${timestamp} ${reason}`;
      const group = groups.get(key) ?? { ranks: new IdSet(), info: { timestamp: real(timestamp), reason } };
      group.ranks.add(rank);
      groups.set(key, group);
    }
    return Object.fromEntries([...groups.values()].map(({ ranks, info }) => [ranks.encode(), info]));
  }
}
