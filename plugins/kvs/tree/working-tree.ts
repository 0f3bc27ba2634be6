import { type BlobHash, blobrefOf, FluxError, type Treeobj } from 'flux';
import { createDirref, createValref, normalizeKey, type TreeSymlink, type TreeVal, type TreeValref, valBytes } from 'flux/internal';
import type { Entry } from './chunk';
import { Directory, isIrregular } from './directory';
import { LongValref } from './long-valref';
import { openDirectory, type StoredDirectories } from './open-directory';
import type { Operation } from './operation';

/** More symlinks on the way of one operation are taken for a loop, as the kernel does. */
const MAX_SYMLINKS = 40;

export interface WorkingTreeOptions extends StoredDirectories {
  hash: BlobHash;
  /** Namespace of the transaction: symlinks that name it are followed, others refused. */
  namespace: string;
}

/** The outcome of a transaction: its new root, and every blob that it may have made. */
export interface SealedTree {
  root: Directory;
  rootref: string;
  /** By reference, those below before those above. */
  directories: Map<string, SealedDirectory>;
  values: Map<string, Buffer>;
}

/** A directory in its stored form, and what it was made of. */
export interface SealedDirectory {
  directory: Directory;
  /** The one before, and its reference. */
  before: Directory;
  base: string;
  changes: ReadonlyMap<string, Entry | null>;
}

/**
 * A tree while a transaction works on it (docs/protocol/kvs.md §3.2). The stored tree below is never changed: throw this one away and nothing has
 * happened.
 */
export class WorkingTree {
  readonly #root: Branch;
  readonly #options: WorkingTreeOptions;
  readonly #values = new Map<string, Buffer>();

  constructor(root: Directory, options: WorkingTreeOptions) {
    this.#root = new Branch(root);
    this.#options = options;
  }

  /**
   * Applies one operation. EINVAL: the path leads into another namespace; EISDIR, ENOTSUP: what can't be appended to; EPROTO: a value that is no
   * base64; ELOOP; ENOTRECOVERABLE: a reference on the path that is no directory; and what loading a directory fails with.
   */
  async apply({ key, append, dirent }: Operation): Promise<void> {
    let path = key.split('.');
    let branch = this.#root;
    let links = 0;
    for (let i = 0; i < path.length - 1; i++) {
      const name = path[i]!;
      const entry = branch.get(name);
      if (entry instanceof Branch) branch = entry;
      else if (entry?.type === 'symlink') {
        if (++links > MAX_SYMLINKS) throw new FluxError('ELOOP');
        path = this.#follow(entry as TreeSymlink, path.slice(i + 1));
        branch = this.#root;
        i = -1;
      } else {
        const opening = entry?.type === 'dirref' || entry?.type === 'dir' ? openDirectory(entry as Treeobj, this.#options) : undefined;
        const below = opening instanceof Promise ? await opening : opening;
        if (!below && dirent === null) return;
        const opened = new Branch(below ?? Directory.empty);
        branch.changes.set(name, opened);
        branch = opened;
      }
    }
    const name = path[path.length - 1]!;
    if (dirent === null) {
      if (branch.get(name) !== undefined) branch.changes.set(name, null);
    } else branch.changes.set(name, append ? this.#append(branch.get(name), dirent as TreeVal) : dirent);
  }

  /** Brings all that was touched into its stored form, from the leaves up. EPROTO: a long value that is no base64. */
  seal(): SealedTree {
    const directories = new Map<string, SealedDirectory>();
    const root = this.#seal(this.#root, directories);
    return { root, rootref: root.blobref(this.#options.hash), directories, values: this.#values };
  }

  /** Where a symlink on the way leads: from the root, its target and the rest of the path. */
  #follow({ data: { target, namespace } }: TreeSymlink, rest: readonly string[]): string[] {
    if (namespace !== undefined && namespace !== this.#options.namespace) throw new FluxError('EINVAL');
    return normalizeKey(`${target}.${rest.join('.')}`).split('.');
  }

  #append(entry: Entry | Branch | undefined, value: TreeVal): Entry {
    if (entry === undefined) return value;
    if (entry instanceof Branch) throw new FluxError('EISDIR');
    if (entry instanceof LongValref) return entry.append(this.#addValue(value), valBytes(value).length);
    switch (entry.type) {
      case 'val':
        return createValref(this.#addValue(entry), this.#addValue(value));
      case 'valref':
        return this.#appendRef(entry, value);
      case 'symlink':
        throw new FluxError('ENOTSUP');
      default:
        throw new FluxError('EISDIR');
    }
  }

  /** A long one goes into the form that can grow, so that many appends in one transaction don't copy it each time. */
  #appendRef(entry: TreeValref, value: TreeVal): Entry {
    const appended: TreeValref = { ...entry, data: [...entry.data, this.#addValue(value)] };
    return LongValref.of(appended) ?? appended;
  }

  #addValue(value: TreeVal): string {
    const bytes = valBytes(value);
    const ref = blobrefOf(bytes, this.#options.hash);
    this.#values.set(ref, bytes);
    return ref;
  }

  #seal(branch: Branch, directories: Map<string, SealedDirectory>): Directory {
    const { hash } = this.#options;
    const changes = new Map<string, Entry | null>();
    if (branch.base.irregular) for (const [name, entry] of branch.base.entries()) if (isIrregular(entry)) changes.set(name, entry);
    for (const [name, entry] of branch.changes) changes.set(name, entry instanceof Branch ? this.#store(entry, directories) : entry);
    for (const [name, entry] of changes)
      if (entry && isIrregular(entry)) changes.set(name, this.#storedForm(entry as Treeobj, directories));
    const directory = branch.base.with(changes);
    directories.set(directory.blobref(hash), { directory, before: branch.base, base: branch.base.blobref(hash), changes });
    return directory;
  }

  #store(branch: Branch, directories: Map<string, SealedDirectory>): Treeobj {
    return createDirref(this.#seal(branch, directories).blobref(this.#options.hash));
  }

  #storedForm(entry: Treeobj, directories: Map<string, SealedDirectory>): Treeobj {
    if (entry.type === 'dir') return this.#store(new Branch(Directory.of(entry)), directories);
    return createValref(this.#addValue(entry as TreeVal)) satisfies TreeValref;
  }
}

/** A directory on the way of some operation: what is stored, and what has changed. */
class Branch {
  readonly changes = new Map<string, Entry | Branch | null>();

  constructor(readonly base: Directory) {}

  get(name: string): Entry | Branch | undefined {
    const change = this.changes.get(name);
    return change === undefined ? this.base.get(name) : (change ?? undefined);
  }
}
