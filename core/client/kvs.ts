import { blobrefOf, isBlobHash } from '../formats/blobref';
import { createDir, createDirref, encodeTreeobj, type TreeDirref, type Treeobj } from '../formats/treeobj';
import type { Flux } from '../handle';
import type { GivenTo } from '../protocol';
import { kvs } from '../protocol/kvs';
import { kvsWatch } from '../protocol/kvs-watch';
import { FluxError } from '../sys/errors';
import { KvsEventlog } from './kvs-eventlog';
import { KvsFlag, KvsResult, type KvsWanted, KvsWatch, type KvsWatchOptions, lookupFlags, watchFlags } from './kvs-lookup';
import { KvsReader } from './kvs-reader';
import { KvsSnapshot } from './kvs-snapshot';
import { type KvsCommit, KvsTransaction } from './kvs-transaction';

/** The namespace that always exists. */
export const KVS_PRIMARY = 'primary';

/** A root of a namespace (flux_kvs_getroot(3)). */
export interface KvsRoot {
  /** Reference of the root directory. */
  rootref: string;
  /** Number of transactions that led to it; never goes back. */
  rootseq: number;
  /** Userid of the namespace's owner. */
  owner: number;
  flags: number;
}

/** A namespace, as the service lists it. */
export interface KvsNamespace {
  namespace: string;
  owner: number;
  flags: number;
}

/** Which namespace a Kvs is. */
export interface KvsOptions {
  /** Default: `primary`. Programs take it from FLUX_KVS_NAMESPACE: see kvsNamespaceFrom. */
  namespace?: string;
}

/** How a transaction is committed. */
export interface KvsCommitOptions {
  /** Never merged with other transactions (FLUX_KVS_NO_MERGE): its root is its own. */
  noMerge?: boolean;
}

/** In which root a key is looked up, and whether it is waited for. */
export interface KvsLookupOptions {
  /** Look in this snapshot instead of the namespace's current root: a root reference, as getroot and lookups of directories give it. */
  at?: TreeDirref;
  /** Wait for the key, or the namespace, to be made (FLUX_KVS_WAITCREATE). */
  waitcreate?: boolean;
  /** Ends the wait of `waitcreate`: ENODATA (flux_kvs_lookup_cancel). */
  signal?: AbortSignal;
}

/** The namespace that the environment says, for programs (flux-kvs(1), FLUX_KVS_NAMESPACE). */
export function kvsNamespaceFrom(env: Record<string, string | undefined>): string {
  return env['FLUX_KVS_NAMESPACE'] ?? KVS_PRIMARY;
}

/**
 * The key-value store of an instance: one of its namespaces, as its rank sees it (flux-kvs(1), flux_kvs_lookup(3), flux_kvs_commit(3),
 * flux_kvs_getroot(3), flux_kvs_namespace_create(3)). Keys are paths with `.` between names; `.` is the root. Errors: ENOTSUP: no such namespace; EPERM: it is
 * not yours.
 */
export class Kvs extends KvsReader<KvsLookupOptions> {
  readonly flux: Flux;
  readonly namespace: string;

  constructor(flux: Flux, { namespace = KVS_PRIMARY }: KvsOptions = {}) {
    super();
    this.flux = flux;
    this.namespace = namespace;
  }

  /** The same handle on another namespace. */
  in(namespace: string): Kvs {
    return new Kvs(this.flux, { namespace });
  }

  // ---- reading

  async lookup(key: string, wanted: KvsWanted = 'value', { at, waitcreate = false, signal }: KvsLookupOptions = {}): Promise<KvsResult> {
    if (key === '' || (at && waitcreate)) throw new FluxError('EINVAL');
    if (at) return this.at(at).lookup(key, wanted);
    const flags = lookupFlags(wanted);
    const { namespace } = this;
    const { val } = waitcreate
      ? await this.#lookupCreated({ key, namespace, flags: flags | KvsFlag.waitcreate }, signal)
      : await this.flux.call(kvs.lookup, { key, flags, namespace });
    return new KvsResult(val);
  }

  async #lookupCreated(request: GivenTo<typeof kvsWatch.lookup>, signal: AbortSignal | undefined): Promise<{ val: Treeobj }> {
    if (!signal) return this.flux.call(kvsWatch.lookup, request);
    const stream = this.flux.open(kvsWatch.lookup, request);
    const cancel = () => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    try {
      const { value, done } = await stream.next();
      if (done) throw new FluxError('ENODATA');
      return value;
    } finally {
      signal.removeEventListener('abort', cancel);
      await stream.return();
    }
  }

  /** The current result, then one for each change. */
  watch(key: string, options: KvsWatchOptions = {}): KvsWatch {
    if (key === '') throw new FluxError('EINVAL');
    const { namespace } = this;
    return new KvsWatch(this.flux.open(kvsWatch.lookup, { key, namespace, flags: watchFlags(options) }));
  }

  // ---- writing

  /** An empty transaction; hand it to commit() or fence(). */
  transaction(): KvsTransaction {
    return new KvsTransaction();
  }

  /** Applies a transaction, all of it or nothing. When it resolves this rank reads the new root. */
  commit(transaction: KvsTransaction, { noMerge = false }: KvsCommitOptions = {}): Promise<KvsCommit> {
    return this.flux.call(kvs.commit, { namespace: this.namespace, flags: noMerge ? 1 : 0, ops: transaction.ops });
  }

  /** Commits the transactions of `nprocs` callers, on any ranks, as one, when the last of them has come (flux_kvs_fence(3)). EINVAL: others by this name expect another number. */
  fence(name: string, nprocs: number, transaction: KvsTransaction, { noMerge = false }: KvsCommitOptions = {}): Promise<KvsCommit> {
    const { namespace } = this;
    return this.flux.call(kvs.fence, { name, nprocs, namespace, flags: noMerge ? 1 : 0, ops: transaction.ops });
  }

  put(key: string, value: string | Uint8Array): Promise<KvsCommit> {
    return this.commit(this.transaction().put(key, value));
  }

  putJson(key: string, value: unknown): Promise<KvsCommit> {
    return this.commit(this.transaction().putJson(key, value));
  }

  append(key: string, value: string | Uint8Array): Promise<KvsCommit> {
    return this.commit(this.transaction().append(key, value));
  }

  mkdir(key: string): Promise<KvsCommit> {
    return this.commit(this.transaction().mkdir(key));
  }

  unlink(key: string): Promise<KvsCommit> {
    return this.commit(this.transaction().unlink(key));
  }

  symlink(key: string, target: string, namespace?: string): Promise<KvsCommit> {
    return this.commit(this.transaction().symlink(key, target, namespace));
  }

  /** Puts what stands under a key under another, perhaps of another namespace: directories by reference, links as links (flux_kvs_copy(3)). */
  async copy(from: string, to: string, destination: Kvs = this, options: KvsCommitOptions = {}): Promise<KvsCommit> {
    if (to === '') throw new FluxError('EINVAL');
    return destination.commit(destination.transaction().putTreeobj(to, await this.getTreeobj(from)), options);
  }

  /** copy(), and then the source is removed; not as one transaction (flux_kvs_move(3)). */
  async move(from: string, to: string, destination: Kvs = this, options: KvsCommitOptions = {}): Promise<KvsCommit> {
    const { rootseq, rootref } = await this.copy(from, to, destination, options);
    const unlinked = await this.commit(this.transaction().unlink(from), options);
    return destination.namespace === this.namespace ? unlinked : { rootref, rootseq };
  }

  /** The eventlog under a key (RFC 18). */
  eventlog(key: string): KvsEventlog {
    if (key === '') throw new FluxError('EINVAL');
    return new KvsEventlog(this, key);
  }

  // ---- roots

  getroot(): Promise<KvsRoot> {
    return this.flux.call(kvs.getroot, { namespace: this.namespace });
  }

  /** The namespace as it is now, to be read later. */
  async snapshot(): Promise<KvsSnapshot> {
    return this.at(createDirref((await this.getroot()).rootref));
  }

  /** A snapshot of the tree below a root or directory reference, as getroot, commits and lookups of tree objects give it. */
  at(root: TreeDirref): KvsSnapshot {
    return new KvsSnapshot(this.flux, root);
  }

  /** Number of transactions that this rank has seen (flux_kvs_get_version(3)). */
  async version(): Promise<number> {
    return (await this.getroot()).rootseq;
  }

  /** Resolves when this rank has a root of at least this sequence number (flux_kvs_wait_version(3)). */
  async waitVersion(rootseq: number): Promise<void> {
    await this.flux.call(kvs.sync, { rootseq, namespace: this.namespace });
  }

  // ---- the service

  /** Drops this rank's cache, or that of all. Owner only. */
  async dropcache({ all = false }: { all?: boolean } = {}): Promise<void> {
    if (all) await this.flux.publish(kvs.dropcacheAll);
    else await this.flux.call(kvs.dropcache);
  }

  /**
   * Makes a namespace: empty, or with the given root (flux_kvs_namespace_create(3)). Default owner: the instance's. EEXIST: there is one of this
   * name, or it is not gone yet. Owner only.
   */
  async createNamespace(
    name: string,
    { owner, rootref, flags = 0 }: { owner?: number; rootref?: string; flags?: number } = {},
  ): Promise<Kvs> {
    const root = rootref ?? (await this.#emptyDirectory());
    await this.flux.call(kvs.namespaceCreate, { namespace: name, rootref: root, owner: (owner ?? -1) | 0, flags }, { nodeid: 0 });
    return this.in(name);
  }

  /** Removes a namespace; one that does not exist is fine. ENOTSUP: the primary one. Owner only. */
  async removeNamespace(name: string): Promise<void> {
    await this.flux.call(kvs.namespaceRemove, { namespace: name }, { nodeid: 0 });
  }

  /** Namespaces known on this rank. Owner only. */
  async listNamespaces(): Promise<KvsNamespace[]> {
    return (await this.flux.call(kvs.namespaceList)).namespaces;
  }

  async #emptyDirectory(): Promise<string> {
    const hash = await this.flux.getattr('content.hash');
    if (!isBlobHash(hash)) throw new FluxError('EINVAL');
    return blobrefOf(encodeTreeobj(createDir()), hash);
  }
}
