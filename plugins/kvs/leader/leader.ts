import { type Content, FluxError, type Log } from 'flux';
import { Namespace, type Root } from '../namespace';
import type { ObjectCache } from '../object-cache';
import type { CommitPart, Roots } from '../roots';
import { decodeOperation } from '../tree/operation';
import { type SealedTree, WorkingTree } from '../tree/working-tree';
import { type Commit, CommitQueue } from './commit-queue';
import { type FencePart, Fences } from './fence';

export interface LeaderOptions {
  cache: ObjectCache;
  content: Content;
  log: Log;
  /** Merge transactions (module option transaction-merge). */
  merge: boolean;
  /** Publishes an event that only the instance owner sees. */
  publish: (topic: string, payload: object) => void;
}

interface Led {
  namespace: Namespace;
  queue: CommitQueue;
  fences: Fences;
}

export const PRIMARY = 'primary';

/** Rank 0: holds every namespace, runs their transactions, and tells all ranks of the new roots (contract: kvs.md, 3, 4.3, 4.4, 6). */
export class Leader implements Roots {
  readonly #options: LeaderOptions;
  readonly #namespaces = new Map<string, Led>();
  /** Removed, but with transactions that run yet: their names are taken. */
  readonly #removed = new Map<string, Led>();

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  get known(): Iterable<Namespace> {
    return [...this.#namespaces.values()].map(({ namespace }) => namespace);
  }

  namespace(name: string): Namespace {
    return this.#led(name).namespace;
  }

  commit({ name: namespace }: Namespace, { name, flags, ops }: CommitPart): void {
    this.#led(namespace).queue.push({ names: [name], flags, ops });
  }

  fence({ name }: Namespace, part: FencePart): void {
    const { fences, queue } = this.#led(name);
    const complete = fences.add(part);
    if (complete) queue.push(complete);
  }

  ready({ name }: Namespace): number {
    return this.#namespaces.get(name)?.queue.length ?? 0;
  }

  /** A namespace that is there from the start; nobody is told. */
  add(name: string, owner: number, rootref: string, flags = 0): Namespace {
    const namespace = new Namespace(name, owner, { rootref, rootseq: 0 }, flags);
    const queue = new CommitQueue({
      merge: this.#options.merge,
      apply: (ops) => this.#apply(namespace, ops),
      onCommit: (commit) => this.#commit(namespace, commit),
      onError: (names, error) => this.#fail(namespace, names, error),
      onMerge: (transactions, ops) => this.#options.log.debug(`aggregated ${transactions} transactions (${ops} ops)`),
    });
    this.#namespaces.set(name, { namespace, queue, fences: new Fences() });
    return namespace;
  }

  /** EEXIST: the name is taken, or its last bearer is not gone yet. */
  create(name: string, owner: number, rootref: string, flags: number): void {
    if (this.#namespaces.has(name)) throw new FluxError('EEXIST');
    if (this.#removed.has(name))
      throw new FluxError('EEXIST', 'namespace with identical name in process of being removed. Try again later');
    const { root } = this.add(name, owner, rootref, flags);
    this.#options.publish(`kvs.namespace-${name}-created`, { namespace: name, ...root, owner: owner | 0 });
  }

  /** Ends a namespace and all that waits for it; an unknown one is fine. ENOTSUP: the primary namespace. */
  remove(name: string): void {
    if (name.toLowerCase() === PRIMARY) throw new FluxError('ENOTSUP');
    const led = this.#namespaces.get(name);
    if (!led) return;
    this.#namespaces.delete(name);
    this.#removed.set(name, led);
    const gone = new FluxError('ENOTSUP');
    led.queue.close(gone);
    this.#fail(led.namespace, led.fences.abandon(), gone);
    led.namespace.fail(gone);
    this.#options.publish(`kvs.namespace-${name}-removed`, { namespace: name });
  }

  /** A follower's commit for a namespace: fails through the error event, which its rank waits for. */
  relayCommit(name: string, part: CommitPart): void {
    this.#led(name).queue.push({ names: [part.name], flags: part.flags, ops: part.ops });
  }

  relayFence(name: string, part: FencePart): void {
    this.fence(this.#led(name).namespace, part);
  }

  /** Resolves when no transaction is queued or running. */
  async drain(): Promise<void> {
    for (const { queue } of this.#namespaces.values()) await queue.drain();
  }

  tick(): void {
    for (const [name, { queue }] of this.#removed) if (queue.drained) this.#removed.delete(name);
  }

  #led(name: string): Led {
    const led = this.#namespaces.get(name);
    if (!led) throw new FluxError('ENOTSUP');
    return led;
  }

  async #apply(namespace: Namespace, ops: readonly unknown[]): Promise<string> {
    const { cache } = this.#options;
    const root = await cache.directory(namespace.root.rootref);
    const tree = new WorkingTree(root, { hash: cache.hash, namespace: namespace.name, directory: (ref) => cache.directory(ref) });
    for (const op of ops) await tree.apply(decodeOperation(op));
    const sealed = tree.seal();
    await this.#store(namespace, sealed);
    return sealed.rootref;
  }

  /** Stores what is not known to be stored, all at once. */
  async #store(namespace: Namespace, { values, directories }: SealedTree): Promise<void> {
    const { cache } = this.#options;
    const stores: Promise<void>[] = [];
    for (const [ref, blob] of values) {
      if (cache.has(ref)) namespace.noopStores++;
      else stores.push(this.#storeBlob(ref, blob).then(() => cache.addValue(ref, blob)));
    }
    for (const [ref, directory] of directories) {
      if (cache.has(ref)) namespace.noopStores++;
      else stores.push(this.#storeBlob(ref, directory.encode()).then(() => cache.addDirectory(ref, directory)));
    }
    await Promise.all(stores);
  }

  async #storeBlob(ref: string, blob: Buffer): Promise<void> {
    const stored = await this.#options.content.store(blob);
    if (stored !== ref) throw new FluxError('EPROTO', `blob stored as ${stored}, expected ${ref}`);
  }

  #commit(namespace: Namespace, { rootref, names, keys }: Commit): void {
    const { name, owner } = namespace;
    const root: Root = { rootref, rootseq: namespace.root.rootseq + 1 };
    this.#namespaces.get(name)?.fences.done(names);
    namespace.setRoot(root);
    this.#options.publish(`kvs.namespace-${name}-setroot`, { namespace: name, ...root, names, keys, owner: owner | 0 });
    namespace.deliver(() => namespace.waiting.complete(names, root));
  }

  #fail(namespace: Namespace, names: readonly string[], error: FluxError): void {
    if (names.length === 0) return;
    const { name } = namespace;
    this.#namespaces.get(name)?.fences.done(names);
    this.#options.publish(`kvs.namespace-${name}-error`, { namespace: name, names, errnum: error.errnum });
    namespace.deliver(() => namespace.waiting.fail(names, new FluxError(error.errnum)));
  }
}
