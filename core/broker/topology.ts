import { IdSet } from '../formats/idset';

/** Where a broker stands in the k-ary tree of an instance (docs/protocol/wire.md §7): parent(i) is floor((i-1)/k), its children k*i+1 to k*i+k. */
export class Topology {
  readonly rank: number;
  readonly size: number;
  readonly fanout: number;
  /** Rank of the parent; undefined on rank 0. */
  readonly parent: number | undefined;
  /** Ranks of the direct children, ascending. */
  readonly children: readonly number[];

  constructor(rank: number, size: number, fanout = 2) {
    this.rank = rank;
    this.size = size;
    this.fanout = fanout;
    this.parent = rank === 0 ? undefined : this.#parentOf(rank);
    const children: number[] = [];
    for (let child = fanout * rank + 1; child <= fanout * rank + fanout && child < size; child++) children.push(child);
    this.children = children;
  }

  /** Steps from rank 0. */
  get level(): number {
    return this.#levelOf(this.rank);
  }
  /** Level of the deepest broker of the instance. */
  get maxlevel(): number {
    return this.#levelOf(this.size - 1);
  }
  /** How many brokers are below this one. */
  get descendants(): number {
    return this.subtree(this.rank).count - 1;
  }

  /** The direct child whose subtree holds `rank`; undefined if it is not below this broker. */
  childToward(rank: number): number | undefined {
    if (rank >= this.size || rank <= this.rank) return undefined;
    for (let at = rank; at > this.rank; ) {
      const parent = this.#parentOf(at);
      if (parent === this.rank) return at;
      at = parent;
    }
    return undefined;
  }

  /** All ranks of the subtree whose root is `rank`, itself included. */
  subtree(rank: number): IdSet {
    const ranks = new IdSet();
    for (let lo = rank, hi = rank; lo < this.size; lo = this.fanout * lo + 1, hi = this.fanout * hi + this.fanout) {
      ranks.addRange(lo, Math.min(hi, this.size - 1));
    }
    return ranks;
  }

  #parentOf(rank: number): number {
    return Math.floor((rank - 1) / this.fanout);
  }

  #levelOf(rank: number): number {
    let level = 0;
    for (let at = rank; at > 0; at = this.#parentOf(at)) level++;
    return level;
  }
}
