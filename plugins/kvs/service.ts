import { errorText, FluxError, type kvs, type Log, NO_RESPONSE, type ReadBy, type Request, type ReturnedBy, type Treeobj } from 'flux';
import { isTreeobj } from 'flux/internal';
import { Namespace, type Root } from './namespace';
import type { ObjectCache } from './object-cache';
import type { Roots } from './roots';
import { statsPayload } from './stats';
import { KnownLengths } from './tree/known-lengths';
import { type LookupSource, lookup, lookupFrom } from './tree/lookup';
import { compareNames } from './tree/names';

/** Milliseconds after which an unused object leaves the cache. */
const EXPIRY = 10_000;

/** Objects that are in the cache only, and not to be dropped from it. */
export interface UnsavedObjects {
  has(ref: string): boolean;
  count(): number;
  /** Brings them to the content store. */
  save(): Promise<void>;
}

export interface KvsServiceOptions {
  rank: number;
  cache: ObjectCache;
  roots: Roots;
  log: Log;
  unsaved: UnsavedObjects;
}

type Lookup = ReadBy<typeof kvs.lookup>;

/** The methods that every rank answers, over its cache and its roots (docs/protocol/kvs.md §4). */
export class KvsService {
  readonly #cache: ObjectCache;
  readonly #roots: Roots;
  readonly #rank: number;
  readonly #log: Log;
  readonly #unsaved: UnsavedObjects;
  readonly #lengths = new KnownLengths();
  #commits = 0;

  constructor({ rank, cache, roots, log, unsaved }: KvsServiceOptions) {
    this.#unsaved = unsaved;
    this.#rank = rank;
    this.#cache = cache;
    this.#roots = roots;
    this.#log = log;
  }

  async lookup(asked: Lookup, request: Request): Promise<ReturnedBy<typeof kvs.lookup>> {
    const { found } = await this.#lookup(asked, request);
    if (!found) throw new FluxError('ENOENT');
    if (found.type === 'dirref') for (const ref of found.data) this.#roots.expose(ref);
    return { val: found };
  }

  /** As lookup, telling the root; that there is no such key is a success here. */
  async lookupPlus(asked: Lookup, request: Request): Promise<ReturnedBy<typeof kvs.lookupPlus>> {
    if (asked.rootdir !== undefined && asked.rootseq === undefined) throw new FluxError('EPROTO');
    const { found, length, root } = await this.#lookup(asked, request, asked.offset);
    if (!found) return { errno: new FluxError('ENOENT').errnum, ...root };
    return { val: found, ...(length === undefined ? {} : { length }), ...root };
  }

  async commit({ namespace: name, flags, ops }: ReadBy<typeof kvs.commit>, request: Request): Promise<typeof NO_RESPONSE> {
    const namespace = await this.#accessible(name, request);
    const part = { name: `treq.${this.#rank}.${this.#commits++}`, flags, ops: arrayOf(ops) };
    return this.#submit(namespace, part.name, request, () => this.#roots.commit(namespace, part));
  }

  async fence({ namespace: name, ops, ...rest }: ReadBy<typeof kvs.fence>, request: Request): Promise<typeof NO_RESPONSE> {
    const namespace = await this.#accessible(name, request);
    const part = { ...rest, ops: arrayOf(ops) };
    return this.#submit(namespace, part.name, request, () => this.#roots.fence(namespace, part));
  }

  async getroot(name: string, request: Request): Promise<ReturnedBy<typeof kvs.getroot>> {
    const { owner, flags, root } = await this.#accessible(name, request);
    this.#roots.expose(root.rootref);
    return { owner: owner | 0, ...root, flags };
  }

  async sync(rootseq: number, name: string, request: Request): Promise<typeof NO_RESPONSE> {
    (await this.#accessible(name, request)).sync(rootseq, request);
    return NO_RESPONSE;
  }

  async pause(name: string, request: Request): Promise<void> {
    (await this.#accessible(name, request)).pause();
  }

  async resume(name: string, request: Request): Promise<void> {
    (await this.#accessible(name, request)).resume();
  }

  list(): ReturnedBy<typeof kvs.namespaceList> {
    const sorted = [...this.#roots.known].sort((a, b) => compareNames(a.name, b.name));
    return { namespaces: sorted.map(({ name, owner, flags }) => ({ namespace: name, owner: owner | 0, flags })) };
  }

  /** What only the cache has goes to the content store first. What is still nowhere else (directories of roots that are past) is no cache, and stays. */
  async dropcache(): Promise<void> {
    await this.#unsaved.save().catch((e) => this.#log.err(`dropcache: ${errorText(e)}`));
    const { size } = this.#cache;
    let kept = 0;
    const dropped = this.#cache.expire(0, (ref) => {
      const keep = this.#unsaved.has(ref);
      if (keep) kept++;
      return keep;
    });
    this.#log.alert(`dropped ${dropped} of ${size - kept} cache entries`);
  }

  stats(): ReturnedBy<typeof kvs.statsGet> {
    const cache = { ...this.#cache.stats, dirty: this.#unsaved.count() };
    return statsPayload(cache, this.#roots.known, (namespace) => this.#roots.ready(namespace));
  }

  clearStats(): void {
    this.#cache.clearFaults();
    for (const namespace of this.#roots.known) namespace.noopStores = 0;
  }

  /** Whether a namespace is known here: events to all ranks are for those. */
  get holdsNamespace(): boolean {
    for (const _ of this.#roots.known) return true;
    return false;
  }

  disconnect(request: Request): void {
    for (const namespace of this.#roots.known) namespace.disconnect(request);
  }

  /** The module goes: what waits is answered as it will be from now on. */
  end(): void {
    for (const namespace of this.#roots.known) namespace.fail(new FluxError('ENOSYS'));
  }

  /** About once a heartbeat. */
  tick(): void {
    this.#roots.tick();
    const current = new Set([...this.#roots.known].map(({ root }) => root.rootref));
    this.#cache.expire(EXPIRY, (ref) => current.has(ref) || this.#unsaved.has(ref));
  }

  /** `offset` is kvs-watch's: it has seen the value up to there. */
  async #lookup(
    { key, flags, namespace, rootdir, rootseq }: Lookup,
    request: Request,
    offset?: number,
  ): Promise<{ found: Treeobj | undefined; length?: number; root: Root }> {
    if (rootdir === undefined && namespace === undefined) throw new FluxError('EPROTO');
    const root = rootdir === undefined ? (await this.#accessible(namespace!, request)).root : snapshotOf(rootdir, rootseq ?? 0);
    const start = { key, rootref: root.rootref, namespace: rootdir === undefined ? namespace : undefined };
    const source = this.#sourceFor(request);
    if (offset === undefined) return { found: await lookup({ ...start, flags }, source), root };
    const part = await lookupFrom(start, Math.max(0, offset), source, this.#lengths);
    return { found: part?.val, ...(part ? { length: part.length } : {}), root };
  }

  /** Roots of other namespaces are the sender's to see, or not. */
  #sourceFor(request: Request): LookupSource {
    return {
      directory: (ref) => this.#cache.directory(ref),
      value: (ref) => this.#cache.value(ref),
      root: async (name) => (await this.#accessible(name, request)).root.rootref,
    };
  }

  async #accessible(name: string, request: Request): Promise<Namespace> {
    const found = this.#roots.namespace(name);
    const namespace = found instanceof Namespace ? found : await found;
    namespace.checkAccess(request);
    return namespace;
  }

  /** The request waits for the transaction's name, unless it can't even be handed on. */
  async #submit(namespace: Namespace, name: string, request: Request, handOn: () => void | Promise<void>): Promise<typeof NO_RESPONSE> {
    namespace.waiting.add(name, request);
    try {
      await handOn();
    } catch (e) {
      if (namespace.waiting.remove(name, request)) throw e;
    }
    return NO_RESPONSE;
  }
}

/** Operations that are no array count as none. */
function arrayOf(ops: unknown): readonly unknown[] {
  return Array.isArray(ops) ? ops : [];
}

/** Root of a snapshot reference. EINVAL: not a dirref. */
function snapshotOf(rootdir: unknown, rootseq: number): Root {
  if (!isTreeobj(rootdir) || rootdir.type !== 'dirref') throw new FluxError('EINVAL');
  return { rootref: rootdir.data[0]!, rootseq };
}
