import { FluxError, isJsonObject, type Treeobj } from 'flux';
import { isTreeobj, normalizeKey } from 'flux/internal';

/** Flag of an operation: add to what the key holds. Other bits mean nothing here. */
export const APPEND = 32;

/** One operation of a transaction, as it goes into the tree. */
export interface Operation {
  /** Normalised. */
  readonly key: string;
  readonly append: boolean;
  /** What to put under the key; null removes it. */
  readonly dirent: Treeobj | null;
}

/**
 * Reads an element of `ops` (docs/protocol/kvs.md §3.1).
 * @throws FluxError EPROTO: other members, or of other types; EINVAL: no tree object, or the root as key
 */
export function decodeOperation(value: unknown): Operation {
  if (!isJsonObject(value) || Object.keys(value).length !== 3) throw new FluxError('EPROTO');
  const { key, flags, dirent } = value;
  if (typeof key !== 'string' || !Number.isInteger(flags) || dirent === undefined) throw new FluxError('EPROTO');
  const append = ((flags as number) & APPEND) !== 0;
  if (dirent !== null && !isTreeobj(dirent)) throw new FluxError('EINVAL');
  if (append && dirent !== null && dirent.type !== 'val') throw new FluxError('EPROTO');
  const normal = normalizeKey(key);
  if (normal === '.') throw new FluxError('EINVAL');
  return { key: normal, append, dirent };
}
