import { encodeJson } from '../formats/json';
import { createDir, createSymlink, createVal, decodeTreeobj, normalizeKey, type Treeobj, type TreeVal, valBytes } from '../formats/treeobj';
import { FluxError } from '../sys/errors';

/** Operation flag: add to what the key holds (FLUX_KVS_APPEND). */
const APPEND = 32;

/** One operation, as kvs.commit takes it (docs/protocol/kvs.md §3.1). */
export interface KvsOperation {
  readonly key: string;
  readonly flags: number;
  /** null removes the key. */
  readonly dirent: Treeobj | null;
}

/** The root that a transaction led to: its blobref and its number, the namespace's version. */
export interface KvsCommit {
  rootref: string;
  rootseq: number;
}

/**
 * Operations to be committed as one (flux_kvs_txn_create(3)). They take effect in the order in which they were added. An empty key, and the root,
 * are EINVAL.
 */
export class KvsTransaction {
  readonly #ops: KvsOperation[] = [];

  get ops(): readonly KvsOperation[] {
    return this.#ops;
  }

  /** Sets a key to a value; a string as its UTF-8 bytes. What was there is replaced, directories in its path are made. */
  put(key: string, value: string | Uint8Array = ''): this {
    return this.#add(key, createVal(value));
  }

  /** Sets a key to the compact JSON text of a value. */
  putJson(key: string, value: unknown): this {
    return this.put(key, encodeJson(value));
  }

  /** Adds to the end of a key's value; a key that does not exist is made. */
  append(key: string, value: string | Uint8Array): this {
    return this.#add(key, createVal(value), APPEND);
  }

  /** Sets a key to a tree object, as lookups give them, or to its encoded form. EPROTO: it is none. */
  putTreeobj(key: string, object: Treeobj | string): this {
    return this.#add(key, typeof object === 'string' ? decodeTreeobj(object) : object);
  }

  /** Makes an empty directory in place of whatever is there. */
  mkdir(key: string): this {
    return this.#add(key, createDir());
  }

  /** Removes a key, or a directory with all that is in it. One that does not exist is fine. */
  unlink(key: string): this {
    return this.#add(key, null);
  }

  /** Makes a symbolic link; its target is a key counted from the root, of another namespace if one is given. */
  symlink(key: string, target: string, namespace?: string): this {
    return this.#add(key, createSymlink(target, namespace));
  }

  /**
   * The same transaction with all appends to a key joined into one (FLUX_KVS_TXN_COMPACT). EINVAL: an append to a key is followed by another
   * operation on it.
   */
  compact(): KvsTransaction {
    const compact = new KvsTransaction();
    const appends = new Map<string, { at: number; parts: Buffer[] }>();
    for (const op of this.#ops) {
      const key = normalizeKey(op.key);
      const known = appends.get(key);
      const isAppend = (op.flags & APPEND) !== 0 && op.dirent !== null;
      if (known && !isAppend) throw new FluxError('EINVAL');
      const part = isAppend ? valBytes(op.dirent as TreeVal) : undefined;
      if (known && part) known.parts.push(part);
      else {
        if (part) appends.set(key, { at: compact.#ops.length, parts: [part] });
        compact.#ops.push(op);
      }
    }
    for (const { at, parts } of appends.values()) {
      if (parts.length > 1) compact.#ops[at] = { ...compact.#ops[at]!, dirent: createVal(Buffer.concat(parts)) };
    }
    return compact;
  }

  #add(key: string, dirent: Treeobj | null, flags = 0): this {
    if (key === '') throw new FluxError('EINVAL');
    this.#ops.push({ key, flags, dirent });
    return this;
  }
}
