import { FluxError } from '../sys/errors';

/** Largest id of a set; 4294967294 and 4294967295 are reserved (idset_create(3)). */
export const IDSET_MAX_ID = 4294967293;

/** Flags of IdSet.encode, combined with `|`. */
export const IDSET_FLAG = {
  /** `[` `]` around a set of two or more members. */
  BRACKETS: 2,
  /** Runs of two and more as `LO-HI`. */
  RANGE: 4,
} as const;

const ELEMENT = /^(0|[1-9][0-9]*)(?:-(0|[1-9][0-9]*))?$/;

/**
 * A set of non-negative integers (ranks, cores, …) with the text form of RFC 22, idset_encode(3). Kept as sorted ranges, so its cost is that
 * of its ranges, not of its members.
 */
export class IdSet implements Iterable<number> {
  // lo, hi of each range, inclusive; ranges are sorted and never touch.
  private bounds: number[] = [];

  /** Decodes `0-3,5` or `[0-3,5]`; members must ascend. @throws FluxError EINVAL */
  static parse(text: string): IdSet {
    const set = new IdSet();
    const body = text.length > 1 && text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
    let last = -1;
    for (const element of body.split(',')) {
      if (element === '') continue;
      const match = ELEMENT.exec(element);
      if (!match) throw invalidSet(text);
      const lo = Number(match[1]);
      const hi = match[2] === undefined ? lo : Number(match[2]);
      if (lo <= last || (match[2] !== undefined && hi <= lo) || hi > IDSET_MAX_ID) throw invalidSet(text);
      set.push(lo, hi);
      last = hi;
    }
    return set;
  }

  /** The set of the given ids, in any order. @throws FluxError EINVAL for an id out of range */
  static of(...ids: readonly number[]): IdSet {
    return IdSet.from(ids);
  }

  static from(ids: Iterable<number>): IdSet {
    const set = new IdSet();
    for (const id of ids) set.add(id);
    return set;
  }

  /** The set `lo`..`hi`, both included; empty if hi < lo. */
  static range(lo: number, hi: number): IdSet {
    return new IdSet().addRange(lo, hi);
  }

  /** Text form; `flags` as in idset_encode(3), RANGE unless told. */
  encode(flags: number = IDSET_FLAG.RANGE): string {
    if (flags & ~(IDSET_FLAG.BRACKETS | IDSET_FLAG.RANGE)) throw new FluxError('EINVAL', 'unknown idset flag');
    const text = (flags & IDSET_FLAG.RANGE ? this.ranges().map(([lo, hi]) => (lo === hi ? `${lo}` : `${lo}-${hi}`)) : [...this]).join(',');
    return flags & IDSET_FLAG.BRACKETS && this.count > 1 ? `[${text}]` : text;
  }

  /** The form used on the wire and in the KVS: ranges, no brackets. */
  toString(): string {
    return this.encode();
  }

  toJSON(): string {
    return this.encode();
  }

  /** Number of members. */
  get count(): number {
    let count = 0;
    for (let i = 0; i < this.bounds.length; i += 2) count += this.bounds[i + 1]! - this.bounds[i]! + 1;
    return count;
  }

  get isEmpty(): boolean {
    return this.bounds.length === 0;
  }

  has(id: number): boolean {
    const i = this.rangeEndingAtOrAfter(id);
    return i < this.bounds.length && this.bounds[i]! <= id;
  }

  /** Smallest member. */
  first(): number | undefined {
    return this.bounds[0];
  }

  /** Largest member. */
  last(): number | undefined {
    return this.bounds.at(-1);
  }

  /** Smallest member greater than `id`. */
  next(id: number): number | undefined {
    const i = this.rangeEndingAtOrAfter(id + 1);
    return i < this.bounds.length ? Math.max(this.bounds[i]!, id + 1) : undefined;
  }

  add(id: number): this {
    return this.addRange(id, id);
  }

  addRange(lo: number, hi: number): this {
    checkRange(lo, hi);
    if (hi < lo) return this;
    const last = this.bounds.at(-1);
    if (last === undefined || lo > last) {
      this.push(lo, hi);
      return this;
    }
    const start = this.rangeEndingAtOrAfter(lo - 1); // a range that ends just before lo joins
    let end = start;
    while (end < this.bounds.length && this.bounds[end]! <= hi + 1) end += 2;
    const joined = end > start ? [Math.min(lo, this.bounds[start]!), Math.max(hi, this.bounds[end - 1]!)] : [lo, hi];
    this.bounds.splice(start, end - start, ...joined);
    return this;
  }

  remove(id: number): this {
    return this.removeRange(id, id);
  }

  removeRange(lo: number, hi: number): this {
    checkRange(lo, hi);
    if (hi < lo) return this;
    const start = this.rangeEndingAtOrAfter(lo);
    let end = start;
    while (end < this.bounds.length && this.bounds[end]! <= hi) end += 2;
    if (end === start) return this;
    const left: number[] = [];
    if (this.bounds[start]! < lo) left.push(this.bounds[start]!, lo - 1);
    if (this.bounds[end - 1]! > hi) left.push(hi + 1, this.bounds[end - 1]!);
    this.bounds.splice(start, end - start, ...left);
    return this;
  }

  /** Adds all members of `other` to this set. */
  addSet(other: IdSet): this {
    if (other === this) return this;
    for (const [lo, hi] of other.ranges()) this.addRange(lo, hi);
    return this;
  }

  /** Removes all members of `other` from this set. */
  removeSet(other: IdSet): this {
    for (const [lo, hi] of other.ranges()) this.removeRange(lo, hi);
    return this;
  }

  clear(): this {
    this.bounds = [];
    return this;
  }

  clone(): IdSet {
    const copy = new IdSet();
    copy.bounds = this.bounds.slice();
    return copy;
  }

  union(other: IdSet): IdSet {
    return this.clone().addSet(other);
  }

  difference(other: IdSet): IdSet {
    return this.clone().removeSet(other);
  }

  intersect(other: IdSet): IdSet {
    const result = new IdSet();
    const [a, b] = [this.bounds, other.bounds];
    for (let i = 0, j = 0; i < a.length && j < b.length; ) {
      const lo = Math.max(a[i]!, b[j]!);
      const hi = Math.min(a[i + 1]!, b[j + 1]!);
      if (lo <= hi) result.push(lo, hi);
      if (a[i + 1]! < b[j + 1]!) i += 2;
      else j += 2;
    }
    return result;
  }

  hasIntersection(other: IdSet): boolean {
    return !this.intersect(other).isEmpty;
  }

  equals(other: IdSet): boolean {
    return this.bounds.length === other.bounds.length && this.bounds.every((bound, i) => bound === other.bounds[i]);
  }

  /** The runs of consecutive members, each `[lo, hi]` inclusive, ascending. */
  ranges(): [lo: number, hi: number][] {
    const ranges: [number, number][] = [];
    for (let i = 0; i < this.bounds.length; i += 2) ranges.push([this.bounds[i]!, this.bounds[i + 1]!]);
    return ranges;
  }

  /** Members in ascending order. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (const [lo, hi] of this.ranges()) for (let id = lo; id <= hi; id++) yield id;
  }

  // Appends a range that lies beyond all others.
  private push(lo: number, hi: number): void {
    if (this.bounds.at(-1) === lo - 1) this.bounds[this.bounds.length - 1] = hi;
    else this.bounds.push(lo, hi);
  }

  // Index into bounds of the first range that ends at or after `id`.
  private rangeEndingAtOrAfter(id: number): number {
    let [low, high] = [0, this.bounds.length / 2];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.bounds[2 * middle + 1]! < id) low = middle + 1;
      else high = middle;
    }
    return 2 * low;
  }
}

function checkRange(lo: number, hi: number): void {
  if (!Number.isInteger(lo) || !Number.isInteger(hi) || lo < 0 || hi > IDSET_MAX_ID)
    throw new FluxError('EINVAL', `id out of range: ${lo}-${hi}`);
}

function invalidSet(text: string): FluxError {
  return new FluxError('EINVAL', `invalid idset: ${text}`);
}
