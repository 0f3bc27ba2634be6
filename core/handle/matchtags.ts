import { MATCHTAG_MAX } from '../message';
import { FluxError } from '../sys/errors';

/** The matchtags of one connection: allocated from 1 up, the most recently returned is used again first (docs/protocol/wire.md §3). */
export class MatchtagPool {
  #next = 1;
  readonly #free: number[] = [];

  alloc(): number {
    const tag = this.#free.pop() ?? this.#next++;
    if (tag > MATCHTAG_MAX) throw new FluxError('EBUSY', 'all matchtags of this connection are in use');
    return tag;
  }

  release(tag: number): void {
    this.#free.push(tag);
  }

  /** How many are in use. */
  get inUse(): number {
    return this.#next - 1 - this.#free.length;
  }
}
