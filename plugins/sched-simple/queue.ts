import type { Request } from 'flux';
import type { ResourceRequest } from 'flux/internal';

/** An alloc request that waits for resources. */
export interface PendingAlloc {
  id: bigint;
  priority: number;
  resources: ResourceRequest;
  request: Request;
}

/** Pending alloc requests in the order in which they are served: priority descending, then job id ascending. */
export class AllocQueue {
  readonly #pending: PendingAlloc[] = [];

  get length(): number {
    return this.#pending.length;
  }

  /** The one to be served next. */
  get head(): PendingAlloc | undefined {
    return this.#pending[0];
  }

  [Symbol.iterator](): IterableIterator<PendingAlloc> {
    return this.#pending.values();
  }

  insert(alloc: PendingAlloc): void {
    let low = 0;
    let high = this.#pending.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (precedes(this.#pending[middle]!, alloc)) low = middle + 1;
      else high = middle;
    }
    this.#pending.splice(low, 0, alloc);
  }

  shift(): PendingAlloc | undefined {
    return this.#pending.shift();
  }

  /** Takes a job's request out; undefined if there is none. */
  remove(id: bigint): PendingAlloc | undefined {
    const index = this.#pending.findIndex((alloc) => alloc.id === id);
    return index < 0 ? undefined : this.#pending.splice(index, 1)[0];
  }

  /** Drops the requests of a sender. */
  drop(sender: string): void {
    const kept = this.#pending.filter(({ request }) => request.sender !== sender);
    this.#pending.splice(0, this.#pending.length, ...kept);
  }

  /** Gives jobs new priorities; ids that are not in are ignored. */
  reprioritize(priorities: ReadonlyMap<bigint, number>): void {
    for (const alloc of this.#pending) alloc.priority = priorities.get(alloc.id) ?? alloc.priority;
    this.#pending.sort((a, b) => (precedes(a, b) ? -1 : 1));
  }

  /** Empties it. */
  clear(): PendingAlloc[] {
    return this.#pending.splice(0);
  }
}

function precedes(a: PendingAlloc, b: PendingAlloc): boolean {
  return a.priority !== b.priority ? a.priority > b.priority : a.id < b.id;
}
