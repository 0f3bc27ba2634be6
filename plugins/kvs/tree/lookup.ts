import { FluxError, isBlobref, isErrno, type Treeobj } from 'flux';
import { createDirref, createVal, normalizeKey, type TreeSymlink, type TreeVal, type TreeValref, valBytes } from 'flux/internal';
import { type Entry, plain } from './chunk';
import { Directory } from './directory';
import type { KnownLengths } from './known-lengths';
import { LongValref } from './long-valref';
import { openDirectory, type StoredDirectories } from './open-directory';

/** Flags of kvs.lookup (docs/protocol/kvs.md §4.1). Other bits are for kvs-watch. */
export const LookupFlag = { readdir: 1, readlink: 2, treeobj: 16 } as const;

/** Longest chain of symlinks that is followed. */
const MAX_SYMLINKS = 10;
/** Longest joined value in bytes. */
const MAX_VALUE = 2 ** 31 - 1;

/** Where a lookup gets what it needs. All may reject with a FluxError, which is the lookup's. */
export interface LookupSource extends StoredDirectories {
  value(ref: string): Buffer | Promise<Buffer>;
  /** Current root of another namespace, for a symlink that leads there. */
  root(namespace: string): Promise<string>;
}

export interface Lookup {
  key: string;
  flags: number;
  rootref: string;
  /** Namespace of the root; undefined for a snapshot, which knows none. */
  namespace: string | undefined;
}

/**
 * Walks from a root to a key (docs/protocol/kvs.md §4.2). Gives undefined where there is nothing; EISDIR, ENOTDIR, EINVAL where it is not of the
 * wanted kind; ELOOP for more than 10 symlinks; ENOTRECOVERABLE for a broken tree.
 */
export async function lookup(query: Lookup, source: LookupSource): Promise<Treeobj | undefined> {
  const target = await locate(query, source);
  return target && present(target, query.flags, source);
}

/** Part of a value. */
export interface ValuePart {
  val: Treeobj;
  /** Bytes of the whole value. */
  length: number;
}

/** As a lookup with no flags, but of a value only what it has from an offset on: what a watcher of a long eventlog has not seen. */
export async function lookupFrom(
  query: Omit<Lookup, 'flags'>,
  offset: number,
  source: LookupSource,
  known: KnownLengths,
): Promise<ValuePart | undefined> {
  const target = await locate({ ...query, flags: 0 }, source);
  if (!target) return undefined;
  const { entry } = target;
  if (entry instanceof LongValref && entry.reaches(offset)) return partOf(await entry.read(offset, source.value.bind(source)));
  if (entry.type !== 'valref') {
    const bytes = valBytes((await present(target, 0, source)) as TreeVal);
    return partOf({ bytes: bytes.subarray(offset), length: bytes.length });
  }
  const refs = (plain(entry) as TreeValref).data;
  const count = known.countOf(refs, offset);
  const rest = await joined(count === undefined ? refs : refs.slice(count), source);
  const length = (count === undefined ? 0 : offset) + rest.length;
  known.learn(refs, length, offset);
  return partOf({ bytes: count === undefined ? rest.subarray(offset) : rest, length });
}

const partOf = ({ bytes, length }: { bytes: Buffer; length: number }): ValuePart => ({ val: createVal(bytes), length });

async function locate({ key, flags, rootref, namespace }: Lookup, source: LookupSource): Promise<Target | undefined> {
  const keepsLinks = (flags & (LookupFlag.treeobj | LookupFlag.readlink)) !== 0;
  let at = { rootref, namespace };
  let path = pathOf(normalizeKey(key));
  for (let links = 0; ; links++) {
    const found = await walk(path, at.rootref, source, keepsLinks);
    if (!('link' in found)) return found.entry ? { ...found, entry: found.entry, rootref: at.rootref } : undefined;
    if (links === MAX_SYMLINKS) throw new FluxError('ELOOP');
    const { target, namespace: next } = found.link.data;
    if (next !== undefined && next !== at.namespace) at = { rootref: await source.root(next), namespace: next };
    // The target is taken as it is: doubled dots in it name nothing.
    path = [...pathOf(target), ...found.rest];
  }
}

interface Target {
  entry: Entry;
  isRoot: boolean;
  rootref: string;
}

type Found = { entry: Entry | undefined; isRoot: boolean } | { link: TreeSymlink; rest: readonly string[] };

/** Follows the path as far as there are directories. */
async function walk(path: readonly string[], rootref: string, source: LookupSource, keepsLinks: boolean): Promise<Found> {
  const nothing = { entry: undefined, isRoot: false };
  if (!isBlobref(rootref)) throw new FluxError('EINVAL'); // a namespace may have been given anything
  let entry: Entry = createDirref(rootref);
  for (const [i, name] of path.entries()) {
    if (entry.type !== 'dirref' && entry.type !== 'dir') return nothing;
    const opening: Opening = i === 0 ? openRoot(rootref, source) : openDirectory(entry as Treeobj, source);
    const directory: Directory = opening instanceof Directory ? opening : await opening;
    const below = directory.get(name);
    if (below === undefined) return nothing;
    const rest = path.slice(i + 1);
    if (below.type === 'symlink' && !(keepsLinks && rest.length === 0)) return { link: below as TreeSymlink, rest };
    entry = below;
  }
  return { entry, isRoot: path.length === 0 };
}

/** The answer for what was found, by the flags. */
async function present({ entry, isRoot, rootref }: Target, flags: number, source: LookupSource): Promise<Treeobj> {
  if (flags & LookupFlag.treeobj) return plain(entry);
  const isDirectory = entry.type === 'dirref' || entry.type === 'dir';
  if (flags & LookupFlag.readlink) {
    if (entry.type === 'symlink') return plain(entry);
    throw new FluxError(isRoot ? 'EISDIR' : 'EINVAL');
  }
  if (flags & LookupFlag.readdir) {
    if (isDirectory) return (await (isRoot ? openRoot(rootref, source) : openDirectory(entry as Treeobj, source))).toTreeobj();
    throw new FluxError('ENOTDIR');
  }
  if (isDirectory) throw new FluxError('EISDIR');
  if (entry instanceof LongValref) return createVal(checked((await entry.read(0, source.value.bind(source))).bytes));
  return entry.type === 'valref' ? createVal(await joined(entry.data, source)) : entry;
}

type Opening = Directory | Promise<Directory>;

/** A root may be anything that a client named: one that is no directory is the client's mistake. */
function openRoot(rootref: string, source: LookupSource): Opening {
  const opening = source.directory(rootref);
  if (opening instanceof Directory) return opening;
  return opening.catch((e) => {
    throw isErrno(e, 'ENOTRECOVERABLE') ? new FluxError('EINVAL', undefined, { cause: e }) : e;
  });
}

async function joined(refs: readonly string[], source: LookupSource): Promise<Buffer> {
  const parts = await Promise.all(refs.map((ref) => source.value(ref)));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > MAX_VALUE) throw new FluxError('EOVERFLOW');
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
}

function checked(value: Buffer): Buffer {
  if (value.length > MAX_VALUE) throw new FluxError('EOVERFLOW');
  return value;
}

function pathOf(key: string): string[] {
  return key === '.' ? [] : key.split('.');
}
