import { type Flux, FluxError, kvs, type Log, toFluxError } from 'flux';
import type { Journal } from '../journal/journal';
import { Namespace, type Root } from '../namespace';
import type { ObjectCache } from '../object-cache';
import type { CommitPart, Roots } from '../roots';
import type { BlobWriter } from './blob-writer';
import { type Applied, type Commit, CommitQueue } from './commit-queue';
import { type FencePart, Fences } from './fence';
import { buildTree, referencesIn } from './tree-builder';

export interface LeaderOptions {
  cache: ObjectCache;
  writer: BlobWriter;
  log: Log;
  /** Merge transactions (module option transaction-merge). */
  merge: boolean;
  /** Publishes events, which only the instance owner sees. */
  flux: Pick<Flux, 'publishUnconfirmed'>;
  /** Something was committed. */
  onCommit: () => void;
}

interface Led {
  namespace: Namespace;
  /** The newest root: that of the namespace, or one whose transactions are not acknowledged yet. */
  head: Root;
  queue: CommitQueue;
  fences: Fences;
}

export const PRIMARY = 'primary';

const toOwner = { private: true } as const;

/** Where the commits of the primary namespace stand before they are acknowledged. */
export interface CommitLog {
  journal: Journal;
  /** Resolves when there is room for more. */
  room: () => Promise<void>;
}

/** Rank 0: holds every namespace, runs their transactions, and tells all ranks of the new roots (docs/protocol/kvs.md §3, §4.3, §4.4, §6). */
export class Leader implements Roots {
  readonly #options: LeaderOptions;
  readonly #namespaces = new Map<string, Led>();
  /** Removed, but with transactions that run yet: their names are taken. */
  readonly #removed = new Map<string, Led>();
  #log: CommitLog | undefined;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  get known(): Iterable<Namespace> {
    return [...this.#namespaces.values()].map(({ namespace }) => namespace);
  }

  namespace(name: string): Namespace {
    return this.#led(name).namespace;
  }

  /** From now on commits to the primary namespace are acknowledged when they stand in the journal, others without waiting for their blobs. */
  logTo(log: CommitLog): void {
    this.#log = log;
  }

  /** The newest root of a namespace. */
  head(name: string): Root {
    return this.#led(name).head;
  }

  /** References of the newest roots of all namespaces. */
  *heads(): Generator<string> {
    for (const { head, namespace } of this.#namespaces.values()) {
      yield head.rootref;
      yield namespace.root.rootref;
    }
  }

  commit({ name: namespace }: Namespace, { name, flags, ops }: CommitPart): void {
    this.#led(namespace).queue.push({ names: [name], flags, ops });
  }

  fence({ name }: Namespace, part: FencePart): void {
    const { fences, queue } = this.#led(name);
    const complete = fences.add(part);
    if (complete) queue.push(complete);
  }

  expose(ref: string): void {
    this.#options.writer.expose(ref);
  }

  ready({ name }: Namespace): number {
    return this.#namespaces.get(name)?.queue.length ?? 0;
  }

  /** A namespace that is there from the start; nobody is told. */
  add(name: string, owner: number, root: Root, flags = 0): Namespace {
    const namespace = new Namespace(name, owner, root, flags);
    const queue = new CommitQueue({
      merge: this.#options.merge,
      apply: (ops) => this.#apply(led, ops),
      onCommit: (commit) => this.#commit(namespace, commit),
      onError: (names, error) => this.#fail(namespace, names, error),
      onMerge: (transactions, ops) => this.#options.log.debug(`aggregated ${transactions} transactions (${ops} ops)`),
    });
    const led: Led = { namespace, head: root, queue, fences: new Fences() };
    this.#namespaces.set(name, led);
    return namespace;
  }

  /** EEXIST: the name is taken, or its last bearer is not gone yet. */
  create(name: string, owner: number, rootref: string, flags: number): void {
    if (this.#namespaces.has(name)) throw new FluxError('EEXIST');
    if (this.#removed.has(name))
      throw new FluxError('EEXIST', 'namespace with identical name in process of being removed. Try again later');
    const { root } = this.add(name, owner, { rootref, rootseq: 0 }, flags);
    this.#options.flux.publishUnconfirmed(kvs.created.of(name), { namespace: name, ...root, owner: owner | 0 }, toOwner);
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
    this.#options.flux.publishUnconfirmed(kvs.removed.of(name), { namespace: name }, toOwner);
  }

  /** A follower's commit for a namespace: fails through the error event, which its rank waits for. */
  relayCommit(name: string, part: CommitPart): void {
    this.#led(name).queue.push({ names: [part.name], flags: part.flags, ops: part.ops });
  }

  relayFence(name: string, part: FencePart): void {
    this.fence(this.#led(name).namespace, part);
  }

  /** Tells all ranks that transactions have failed. */
  publishError(namespace: string, names: readonly string[], { errnum }: FluxError): void {
    this.#options.flux.publishUnconfirmed(kvs.error.of(namespace), { namespace, names, errnum }, toOwner);
  }

  /** Resolves when no transaction is queued or running. */
  async drain(): Promise<void> {
    for (const { queue } of this.#namespaces.values()) await queue.drain();
  }

  tick(): void {
    for (const [name, { queue }] of this.#removed) if (queue.drained) this.#removed.delete(name);
    this.#options.writer.trim(this.heads());
  }

  #led(name: string): Led {
    const led = this.#namespaces.get(name);
    if (!led) throw new FluxError('ENOTSUP');
    return led;
  }

  /** Puts operations into the tree: all or nothing. */
  async #apply(led: Led, ops: readonly unknown[]): Promise<Applied> {
    const { cache, writer } = this.#options;
    const log = led.namespace.name === PRIMARY ? this.#log : undefined;
    await log?.room();
    await writer.room();
    const references = referencesIn(ops);
    for (const ref of references) writer.expose(ref);
    const blobs = log ? await this.#unsavedBelow(references) : [];
    for (;;) {
      const { head, namespace } = led;
      const sealed = await buildTree(head.rootref, ops, { cache, namespace: namespace.name });
      if (led.head !== head) continue; // what the tree was built on has been taken back
      namespace.noopStores += writer.add(sealed);
      const root: Root = { rootref: sealed.rootref, rootseq: head.rootseq + 1 };
      const safe = log?.journal.append({ namespace: namespace.name, ...root, ops, blobs });
      safe?.catch((e) => this.#takeBack(led, toFluxError(e)));
      if (!this.#log) await writer.stored(sealed);
      led.head = root;
      return { root, safe };
    }
  }

  /** What is not acknowledged is not in the journal, nor is what was built on it. */
  #takeBack(led: Led, { message }: FluxError): void {
    const { namespace, head } = led;
    if (head === namespace.root) return; // with one before it
    led.head = namespace.root;
    this.#options.log.crit(
      `${message}: no commit to the ${namespace.name} namespace is acknowledged any more, until the instance is restarted`,
    );
  }

  /** What clients refer to must last as long as what refers to it: the objects that are not stored yet, to be written along; if they are much, waits for them. */
  async #unsavedBelow(references: readonly string[]): Promise<Buffer[]> {
    const { writer } = this.#options;
    const blobs = writer.unsavedBelow(references);
    if (blobs) return blobs;
    await Promise.all(references.map((ref) => writer.save(ref)));
    return [];
  }

  #commit(namespace: Namespace, { root, names, keys }: Commit): void {
    const { name, owner } = namespace;
    this.#namespaces.get(name)?.fences.done(names);
    namespace.setRoot(root);
    this.#options.flux.publishUnconfirmed(kvs.setroot.of(name), { namespace: name, ...root, names, keys, owner: owner | 0 }, toOwner);
    namespace.deliver(() => namespace.waiting.complete(names, root));
    this.#options.writer.trim(this.heads());
    this.#options.onCommit();
  }

  #fail(namespace: Namespace, names: readonly string[], error: FluxError): void {
    if (names.length === 0) return;
    const { name } = namespace;
    this.#namespaces.get(name)?.fences.done(names);
    this.publishError(name, names, error);
    namespace.deliver(() => namespace.waiting.fail(names, new FluxError(error.errnum)));
  }
}
