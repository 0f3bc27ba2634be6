import type { Request } from 'flux';

/** One barrier as this rank sees it: who waits here, and how many have entered below and here since the last word to the parent. */
export class Barrier {
  /** Requests waiting here, by client uuid. */
  readonly waiting = new Map<string, Request>();
  /** Entries not told to the parent yet; at the root, and where one rank has all, entries in all. */
  count = 0;

  constructor(
    readonly name: string,
    /** Entries that complete it: from the first enter or update this rank sees. */
    readonly nprocs: number,
    /** Userid that names belong to: the same name of another user is another barrier. */
    readonly owner: number,
  ) {}

  /** True once all have entered. A barrier of 0 never completes. */
  get complete(): boolean {
    return this.nprocs > 0 && this.count >= this.nprocs;
  }
}

/** The barriers of this rank, by owner and name. */
export class BarrierTable {
  readonly #barriers = new Map<string, Barrier>();

  find(name: string, owner: number): Barrier | undefined {
    return this.#barriers.get(key(name, owner));
  }

  findOrCreate(name: string, nprocs: number, owner: number, onCreate: (barrier: Barrier) => void): Barrier {
    const known = this.find(name, owner);
    if (known) return known;
    const barrier = new Barrier(name, nprocs, owner);
    this.#barriers.set(key(name, owner), barrier);
    onCreate(barrier);
    return barrier;
  }

  remove(barrier: Barrier): void {
    this.#barriers.delete(key(barrier.name, barrier.owner));
  }

  /** Barriers in which this client waits. */
  of(client: string): Barrier[] {
    return [...this.#barriers.values()].filter((barrier) => barrier.waiting.has(client));
  }
}

const key = (name: string, owner: number) => `${owner}:${name}`;
