import { isDeepStrictEqual } from 'node:util';
import { FluxError, type Treeobj } from 'flux';
import { createVal, KvsFlag } from 'flux/internal';

/** Decides which results of a watched key are sent, and what of them (docs/protocol/kvs.md §5). */
export class ResultFilter {
  readonly #flags: number;
  #last: Treeobj | undefined;
  /** Bytes sent so far of a value that only grows. */
  #length = 0;

  constructor(flags: number) {
    this.#flags = flags;
  }

  /** True until something was sent. */
  get waiting(): boolean {
    return this.#last === undefined;
  }

  /** From which byte on results are wanted of a value that only grows; undefined: all of it. */
  get offset(): number | undefined {
    const grows = this.#has(KvsFlag.watchAppend) && !this.#has(KvsFlag.watchFull | KvsFlag.watchUniq);
    return grows && !this.waiting ? this.#length : undefined;
  }

  /**
   * What to send for a result (undefined: the key is absent); undefined: nothing. ENOENT: the key is gone; EINVAL: its value shrank, or is none. `length`: that of the whole value, of
   * which `found` has what is behind the offset.
   */
  next(found: Treeobj | undefined, length?: number): Treeobj | undefined {
    const last = this.#last;
    if (!found) {
      if (!last && this.#has(KvsFlag.waitcreate)) return undefined;
      throw new FluxError('ENOENT');
    }
    this.#last = found;
    if (this.#has(KvsFlag.watchFull | KvsFlag.watchUniq)) return last && isDeepStrictEqual(last, found) ? undefined : found;
    return this.#has(KvsFlag.watchAppend) ? this.#appended(found, last === undefined, length) : found;
  }

  #appended(found: Treeobj, first: boolean, length: number | undefined): Treeobj {
    if (found.type !== 'val') throw new FluxError('EINVAL');
    const before = this.#length;
    this.#length = length ?? Buffer.byteLength(found.data, 'base64');
    if (this.#length < before) throw new FluxError('EINVAL');
    return first || length !== undefined ? found : createVal(tail(found.data, before));
  }

  #has(flags: number): boolean {
    return (this.#flags & flags) !== 0;
  }
}

/** Bytes of a base64 text from an offset on, without decoding what is before. */
function tail(base64: string, offset: number): Buffer {
  const whole = Math.floor(offset / 3);
  return Buffer.from(base64.slice(4 * whole), 'base64').subarray(offset - 3 * whole);
}
