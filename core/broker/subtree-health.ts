/** Status of a broker's subtree; the numbers travel in hello and status messages (docs/protocol/wire.md §7). */
export const SubtreeStatus = { unknown: 0, full: 1, partial: 2, degraded: 3, lost: 4, offline: 5 } as const;
export type SubtreeStatus = (typeof SubtreeStatus)[keyof typeof SubtreeStatus];

const names = Object.fromEntries(Object.entries(SubtreeStatus).map(([name, status]) => [status, name]));

/** `full`, `partial` … as overlay.health shows it. */
export function statusName(status: SubtreeStatus): string {
  return names[status] ?? 'unknown';
}

/** A broker that can be talked to. */
export function isOnline(status: SubtreeStatus): boolean {
  return status === SubtreeStatus.full || status === SubtreeStatus.partial || status === SubtreeStatus.degraded;
}

/** A status and since when, in milliseconds of performance.now(). */
export interface Health {
  status: SubtreeStatus;
  since: number;
}

/**
 * Health of a broker's subtree: the status of each direct child, and its own, which follows from them. The overlay reports children here and tells
 * the parent of changes of the own status.
 */
export class SubtreeHealth {
  readonly #children = new Map<number, Health>();
  readonly #listeners = new Set<(child: number | undefined) => void>();
  #own: Health;

  constructor(children: readonly number[]) {
    const since = performance.now();
    for (const rank of children) this.#children.set(rank, { status: SubtreeStatus.offline, since });
    this.#own = { status: this.#derive(), since };
  }

  get own(): Readonly<Health> {
    return this.#own;
  }

  child(rank: number): Readonly<Health> | undefined {
    return this.#children.get(rank);
  }

  get children(): ReadonlyMap<number, Readonly<Health>> {
    return this.#children;
  }

  /** Records a child's status. Listeners hear of the child, then, if it changed, of the own status. */
  setChild(rank: number, status: SubtreeStatus): void {
    const known = this.#children.get(rank);
    if (!known || known.status === status) return;
    const since = performance.now();
    this.#children.set(rank, { status, since });
    const own = this.#derive();
    const changed = own !== this.#own.status;
    if (changed) this.#own = { status: own, since };
    for (const listener of [...this.#listeners]) listener(rank);
    if (changed) for (const listener of [...this.#listeners]) listener(undefined);
  }

  /** `listener` gets a child's rank, or undefined when the own status has changed. The result ends it. */
  onChange(listener: (child: number | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #derive(): SubtreeStatus {
    let own: SubtreeStatus = SubtreeStatus.full;
    for (const { status } of this.#children.values()) {
      if (status === SubtreeStatus.degraded || status === SubtreeStatus.lost) return SubtreeStatus.degraded;
      if (status !== SubtreeStatus.full) own = SubtreeStatus.partial;
    }
    return own;
  }
}
