import { type Flux, FluxError, isErrno, kvs, type Message, toFluxError } from 'flux';
import { type Root, Snapshot } from './snapshot';
import type { Watcher } from './watcher';

/** A namespace with watchers: follows its roots by events, and shows each watcher those that concern it. */
export class WatchedNamespace {
  readonly name: string;
  readonly #flux: Flux;
  readonly #onEmpty: () => void;
  readonly #watchers = new Set<Watcher>();
  /** Watchers of roots that name their key, by key, and those of every root. */
  readonly #byKey = new Map<string, Set<Watcher>>();
  readonly #seeingAll = new Set<Watcher>();
  /** Unset as long as the namespace does not exist, or is not known to. */
  #current: { owner: number; snapshot: Snapshot } | undefined;
  #unsubscribe: (() => Promise<void>) | undefined;
  /** Events that came before the first root was known. */
  #early: Message[] | undefined = [];
  #closed = false;

  /** `onEmpty` is called when the last watcher has gone. */
  constructor(flux: Flux, name: string, onEmpty: () => void) {
    this.#flux = flux;
    this.name = name;
    this.#onEmpty = onEmpty;
  }

  get watcherCount(): number {
    return this.#watchers.size;
  }

  get stats(): { owner: number; rootseq: number; rootref: string; watchers: number } {
    const { owner, snapshot } = this.#current ?? { owner: -1, snapshot: undefined };
    const { rootseq, rootref } = snapshot?.root ?? { rootseq: -1, rootref: '(null)' };
    return { owner: owner | 0, rootseq, rootref, watchers: this.#watchers.size };
  }

  /** Subscribes, asks for the root, and begins to show it. Watchers added before see it too. */
  async start(): Promise<void> {
    try {
      this.#unsubscribe = await this.#flux.subscribe(kvs.namespace.of(this.name), (event) => {
        if (kvs.namespace.read(event).namespace !== this.name) return; // the prefix fits longer names too
        if (this.#early) this.#early.push(event);
        else this.#receive(event);
      });
      if (this.#closed) return void (await this.#unsubscribe());
      await this.#askRoot();
    } catch (e) {
      this.#fail(toFluxError(e), () => true);
    }
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const event of early) this.#receive(event);
  }

  add(watcher: Watcher): void {
    this.#watchers.add(watcher);
    if (watcher.seesAll) this.#seeingAll.add(watcher);
    const { key } = watcher;
    const sameKey = this.#byKey.get(key);
    if (sameKey) sameKey.add(watcher);
    else this.#byKey.set(key, new Set([watcher]));
    if (this.#current) this.#begin(watcher);
    else if (!this.#early && !watcher.waitsForCreation) watcher.end(new FluxError('ENOTSUP'));
  }

  remove(watcher: Watcher): void {
    if (!this.#watchers.delete(watcher)) return;
    this.#seeingAll.delete(watcher);
    const sameKey = this.#byKey.get(watcher.key);
    sameKey?.delete(watcher);
    if (sameKey?.size === 0) this.#byKey.delete(watcher.key);
    if (this.#watchers.size === 0) this.#close();
  }

  async #askRoot(): Promise<void> {
    try {
      const { owner, rootseq, rootref } = await this.#flux.call(kvs.getroot, { namespace: this.name });
      this.#found(owner, { rootseq, rootref });
    } catch (e) {
      if (!isErrno(e, 'ENOTSUP')) throw e;
      this.#fail(new FluxError('ENOTSUP'), (watcher) => !watcher.waitsForCreation);
    }
  }

  #found(owner: number, root: Root): void {
    this.#current = { owner: owner >>> 0, snapshot: new Snapshot(this.#flux, root) };
    for (const watcher of [...this.#watchers]) this.#begin(watcher);
  }

  /** Shows a watcher the current root, if it may see it. */
  #begin(watcher: Watcher): void {
    const { owner, snapshot } = this.#current!;
    if (watcher.request.authorizedFor(owner)) watcher.show(snapshot);
    else watcher.end(new FluxError('EPERM'));
  }

  #receive(event: Message): void {
    switch (event.topic) {
      case kvs.created.of(this.name).topic: {
        const { owner, rootseq, rootref } = kvs.created.read(event);
        if (!this.#current) this.#found(owner, { rootseq, rootref });
        break;
      }
      case kvs.setroot.of(this.name).topic: {
        const { rootseq, rootref, keys } = kvs.setroot.read(event);
        this.#setRoot({ rootseq, rootref }, Object.keys(keys));
        break;
      }
      case kvs.removed.of(this.name).topic:
        // Those that see what was before are answered first.
        for (const watcher of [...this.#watchers]) watcher.close(new FluxError('ENOTSUP'));
        this.#close();
        break;
    }
  }

  #setRoot(root: Root, keys: readonly string[]): void {
    const current = this.#current;
    if (!current || root.rootseq <= current.snapshot.root.rootseq) return;
    const snapshot = new Snapshot(this.#flux, root);
    this.#current = { ...current, snapshot };
    const concerned = new Set(this.#seeingAll);
    for (const key of keys) for (const watcher of this.#byKey.get(key) ?? []) concerned.add(watcher);
    for (const watcher of concerned) watcher.show(snapshot);
  }

  #fail(error: FluxError, which: (watcher: Watcher) => boolean): void {
    for (const watcher of [...this.#watchers]) if (which(watcher)) watcher.end(error);
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unsubscribe?.().catch(() => {}); // the module ends, and its subscriptions with it
    this.#onEmpty();
  }
}
