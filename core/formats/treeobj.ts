import { FluxError } from '../sys/errors';
import { decodeBase64, encodeBase64 } from './base64';
import { isBlobref } from './blobref';
import { decodeJson, decodeJsonBytes, encodeSortedJson, encodeString, isJsonObject, setMember, sortedKeys } from './json';

/** Longest base64 text of a value that stays inline in its directory; a longer one becomes a blob of its own (docs/protocol/kvs.md §1). */
export const MAX_INLINE_BASE64 = 72;

/** KVS tree objects (RFC 11). */
export type Treeobj = TreeVal | TreeValref | TreeDir | TreeDirref | TreeSymlink;

interface Header<T extends string, D> {
  readonly ver: 1;
  readonly type: T;
  readonly data: D;
}
/** A value, base64. */
export type TreeVal = Header<'val', string>;
/** A value that is the concatenation of blobs. */
export type TreeValref = Header<'valref', readonly string[]>;
/** A directory: name to tree object. Names are free: use dirEntry and setDirEntry. */
export type TreeDir = Header<'dir', Record<string, Treeobj>>;
/** A directory stored as a blob; its use needs exactly one reference. */
export type TreeDirref = Header<'dirref', readonly string[]>;
/** A link to a key; without a namespace, in the one that holds the link. */
export type TreeSymlink = Header<'symlink', { readonly target: string; readonly namespace?: string }>;

/** A value that holds these bytes itself; a string is taken as UTF-8. */
export function createVal(bytes: Uint8Array | string): TreeVal {
  return { ver: 1, type: 'val', data: encodeBase64(bytes) };
}

/** @throws FluxError EINVAL for an invalid blobref, or none */
export function createValref(...refs: readonly string[]): TreeValref {
  return { ver: 1, type: 'valref', data: checkRefs(refs) };
}

/** A directory of these entries; of two with one name the later stays. */
export function createDir(entries: Iterable<readonly [name: string, entry: Treeobj]> = []): TreeDir {
  const data: Record<string, Treeobj> = {};
  for (const [name, entry] of entries) setMember(data, name, entry);
  return { ver: 1, type: 'dir', data };
}

/** @throws FluxError EINVAL for an invalid blobref */
export function createDirref(ref: string): TreeDirref {
  return { ver: 1, type: 'dirref', data: checkRefs([ref]) };
}

/** A link to `target`, a key that need not exist. */
export function createSymlink(target: string, namespace?: string): TreeSymlink {
  return { ver: 1, type: 'symlink', data: namespace === undefined ? { target } : { namespace, target } };
}

/** Entry of a directory, whatever its name (`__proto__`, `constructor`, …). */
export function dirEntry(dir: TreeDir, name: string): Treeobj | undefined {
  return Object.hasOwn(dir.data, name) ? dir.data[name] : undefined;
}

/** Adds or replaces an entry in place, whatever its name (`__proto__`, `constructor`, …). */
export function setDirEntry(dir: TreeDir, name: string, entry: Treeobj): void {
  setMember(dir.data, name, entry);
}

/** Bytes of a value. @throws FluxError EPROTO if its base64 does not decode */
export function valBytes(val: TreeVal): Buffer {
  try {
    return decodeBase64(val.data);
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}

/** A copy of an object that shares its entries: what has to be made before a directory is changed. */
export function copyTreeobj<T extends Treeobj>(object: T): T {
  if (object.type === 'dir') return createDir(Object.entries(object.data)) as T;
  return { ...object };
}

/** True for a valid tree object, directories checked to their depth. */
export function isTreeobj(value: unknown): value is Treeobj {
  if (!isJsonObject(value) || value['ver'] !== 1 || Object.keys(value).length !== 3) return false;
  const data = value['data'];
  switch (value['type']) {
    case 'val':
      return typeof data === 'string';
    case 'valref':
    case 'dirref':
      return Array.isArray(data) && data.length > 0 && data.every(isBlobref);
    case 'dir':
      return isJsonObject(data) && Object.values(data).every(isTreeobj);
    case 'symlink':
      return (
        isJsonObject(data) &&
        typeof data['target'] === 'string' &&
        (data['namespace'] === undefined || typeof data['namespace'] === 'string')
      );
    default:
      return false;
  }
}

/** The value as a tree object. @throws FluxError EINVAL */
export function checkTreeobj(value: unknown): Treeobj {
  if (!isTreeobj(value)) throw new FluxError('EINVAL', 'invalid tree object');
  return value;
}

/** The stored form, whose bytes are hashed: compact, members in UTF-8 byte order. */
export function encodeTreeobj(object: Treeobj): string {
  return `{"data":${encodeData(object)},"type":"${object.type}","ver":1}`;
}

/** Decodes a stored or received tree object. @throws FluxError EPROTO */
export function decodeTreeobj(stored: string | Uint8Array): Treeobj {
  const value = typeof stored === 'string' ? decodeJson(stored) : decodeJsonBytes(stored);
  if (!isTreeobj(value)) throw new FluxError('EPROTO', 'invalid tree object');
  return value;
}

/**
 * Normal form of a key: runs of `.` become one, one leading and one trailing `.` go; a key of dots alone is `.`, the root (docs/protocol/kvs.md §2).
 */
export function normalizeKey(key: string): string {
  const single = key.replace(/\.{2,}/g, '.');
  return single === '.' ? '.' : single.replace(/^\./, '').replace(/\.$/, '');
}

function encodeData(object: Treeobj): string {
  switch (object.type) {
    case 'val':
      return encodeString(object.data);
    case 'valref':
    case 'dirref':
      return `["${object.data.join('","')}"]`;
    case 'dir':
      return `{${sortedKeys(object.data)
        .map((name) => `${encodeString(name)}:${encodeTreeobj(object.data[name]!)}`)
        .join(',')}}`;
    case 'symlink':
      return encodeSortedJson(object.data);
  }
}

function checkRefs(refs: readonly string[]): readonly string[] {
  if (refs.length === 0 || !refs.every(isBlobref)) throw new FluxError('EINVAL', 'invalid blobref');
  return refs;
}
