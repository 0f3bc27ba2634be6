import { decodeJsonBytes } from '../formats/json';
import { type TreeDir, type Treeobj, type TreeSymlink, valBytes } from '../formats/treeobj';
import type { RpcStream } from '../handle';
import { FluxError } from '../sys/errors';

/** Flags of lookups (FLUX_KVS_*, docs/protocol/kvs.md §4.1). */
export const KvsFlag = {
  readdir: 1,
  readlink: 2,
  watch: 4,
  waitcreate: 8,
  treeobj: 16,
  watchFull: 64,
  watchUniq: 128,
  watchAppend: 256,
} as const;

/** The form in which a key is read: its value, the directory it is, the link it is, or the tree object that stands there. */
export type KvsWanted = 'value' | 'dir' | 'link' | 'treeobj' | 'dir-treeobj';

const wantedFlags: Record<KvsWanted, number> = {
  value: 0,
  dir: KvsFlag.readdir,
  link: KvsFlag.readlink,
  treeobj: KvsFlag.treeobj,
  'dir-treeobj': KvsFlag.readdir | KvsFlag.treeobj,
};

/** How a key is watched: the form in which it is read, and which of its changes are told. */
export interface KvsWatchOptions {
  /** Default: its value. */
  wanted?: KvsWanted;
  /** Wait for the key, or its namespace, to be made if there is none; else that is ENOENT, or ENOTSUP. */
  waitcreate?: boolean;
  /** Notice also changes that don't name the key: of its parents, of what a link leads to. Only results that differ come. */
  full?: boolean;
  /** Only results that differ from the last. */
  uniq?: boolean;
  /** After the first result only what was appended; EINVAL if the value shrinks. */
  append?: boolean;
}

/** Flags of a lookup that reads a key in this form: bits of {@link KvsFlag}. */
export function lookupFlags(wanted: KvsWanted = 'value'): number {
  return wantedFlags[wanted];
}

/** Flags of a lookup that watches a key so: bits of {@link KvsFlag}, {@link KvsFlag.watch} among them. */
export function watchFlags({ wanted, waitcreate, full, uniq, append }: KvsWatchOptions): number {
  return (
    KvsFlag.watch |
    lookupFlags(wanted) |
    (waitcreate ? KvsFlag.waitcreate : 0) |
    (full ? KvsFlag.watchFull : 0) |
    (uniq ? KvsFlag.watchUniq : 0) |
    (append ? KvsFlag.watchAppend : 0)
  );
}

/** The result of a lookup (flux_kvs_lookup_get(3) and its relatives). */
export class KvsResult {
  constructor(
    /** The tree object as it came. */
    readonly treeobj: Treeobj,
  ) {}

  /** The value's bytes. EINVAL: it is no value. */
  get bytes(): Buffer {
    if (this.treeobj.type !== 'val') throw new FluxError('EINVAL');
    return valBytes(this.treeobj);
  }

  /** The value as UTF-8 text. */
  get text(): string {
    return this.bytes.toString('utf8');
  }

  /** The value, which is JSON. EPROTO: it is not. */
  json<T = unknown>(): T {
    return decodeJsonBytes(this.bytes) as T;
  }

  /** The directory: its entries, as they are stored. EINVAL: it is none. */
  get dir(): TreeDir {
    if (this.treeobj.type !== 'dir') throw new FluxError('EINVAL');
    return this.treeobj;
  }

  /** The link's target, and its namespace if it names one. EINVAL: it is no link. */
  get link(): TreeSymlink['data'] {
    if (this.treeobj.type !== 'symlink') throw new FluxError('EINVAL');
    return this.treeobj.data;
  }
}

/**
 * The results of a watched key, as an async iterator: the current one, then one for each change (FLUX_KVS_WATCH). It ends after cancel(); ENOENT: the
 * key is gone; ENOTSUP: its namespace is. Leaving the loop ends the watch.
 */
export class KvsWatch implements AsyncIterableIterator<KvsResult> {
  readonly #stream: RpcStream<{ val: Treeobj }>;

  constructor(stream: RpcStream<{ val: Treeobj }>) {
    this.#stream = stream;
  }

  /** Asks for the end; results that are on their way still come. */
  cancel(): void {
    this.#stream.cancel();
  }

  async next(): Promise<IteratorResult<KvsResult>> {
    const result = await this.#stream.next();
    return result.done ? { value: undefined, done: true } : { value: new KvsResult(result.value.val), done: false };
  }

  async return(): Promise<IteratorResult<KvsResult>> {
    this.#stream.cancel();
    await this.#stream.return();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
