import { type Flux, FluxError, kvs, type Message } from 'flux';
import type { FencePart } from './leader/fence';
import { PRIMARY } from './leader/leader';
import { Namespace } from './namespace';
import type { CommitPart, Roots } from './roots';

/** Milliseconds without a new root after which a namespace that nobody waits for is forgotten. */
const FORGET_AFTER = 3600_000;

interface Followed {
  namespace: Namespace;
  unsubscribe: () => Promise<void>;
}

/**
 * A rank above 0: knows the namespaces that were used here, follows their roots by rank 0's events, and sends transactions to it
 * (docs/protocol/kvs.md §4.3, §7.1).
 */
export class Follower implements Roots {
  readonly #flux: Flux;
  readonly #followed = new Map<string, Followed>();
  readonly #learning = new Map<string, Promise<Namespace>>();

  constructor(flux: Flux) {
    this.#flux = flux;
  }

  get known(): Iterable<Namespace> {
    return [...this.#followed.values()].map(({ namespace }) => namespace);
  }

  namespace(name: string): Namespace | Promise<Namespace> {
    const followed = this.#followed.get(name);
    if (followed) return followed.namespace;
    const running = this.#learning.get(name);
    if (running) return running;
    const learning = this.#learn(name).finally(() => this.#learning.delete(name));
    this.#learning.set(name, learning);
    return learning;
  }

  /** Resolves when rank 0 has taken it; its result is an event. */
  async commit({ name: namespace }: Namespace, { name, flags, ops }: CommitPart): Promise<void> {
    await this.#flux.call(kvs.relaycommit, { ops, name, namespace, flags }, { nodeid: 0 });
  }

  async fence({ name: namespace }: Namespace, { name, nprocs, flags, ops }: FencePart): Promise<void> {
    await this.#flux.call(kvs.relayfence, { ops, name, nprocs, namespace, flags }, { nodeid: 0 });
  }

  expose(ref: string): void {
    this.#flux.tell(kvs.expose, ref, { nodeid: 0 });
  }

  ready(): number {
    return 0;
  }

  tick(): void {
    const oldest = Date.now() - FORGET_AFTER;
    for (const { namespace } of this.#followed.values()) {
      if (namespace.name !== PRIMARY && namespace.updated < oldest && namespace.idle) this.#forget(namespace.name);
    }
  }

  /** Subscribes first and asks the parent then, so that no root is missed; roots that come in between wait. */
  async #learn(name: string): Promise<Namespace> {
    const early: Message[] = [];
    let take: (event: Message) => void = (event) => void early.push(event);
    const unsubscribe = await this.#flux.subscribe(kvs.namespace.of(name), (event) => {
      if (kvs.namespace.read(event).namespace === name) take(event); // the prefix fits longer names too
    });
    try {
      const { owner, rootseq, rootref, flags } = await this.#flux.call(kvs.getroot, { namespace: name }, { nodeid: 'upstream' });
      const namespace = new Namespace(name, owner >>> 0, { rootseq, rootref }, flags);
      this.#followed.set(name, { namespace, unsubscribe });
      take = (event) => this.#receive(namespace, event);
      for (const event of early) take(event);
      return namespace;
    } catch (e) {
      await unsubscribe();
      throw e;
    }
  }

  #receive(namespace: Namespace, event: Message): void {
    switch (event.topic) {
      case kvs.setroot.of(namespace.name).topic: {
        const { names, rootseq, rootref } = kvs.setroot.read(event);
        namespace.deliver(() => {
          namespace.setRoot({ rootseq, rootref });
          namespace.waiting.complete(names, { rootref, rootseq });
        });
        break;
      }
      case kvs.error.of(namespace.name).topic: {
        const { names, errnum } = kvs.error.read(event);
        namespace.deliver(() => namespace.waiting.fail(names, new FluxError(errnum)));
        break;
      }
      case kvs.removed.of(namespace.name).topic:
        this.#forget(namespace.name);
        namespace.fail(new FluxError('ENOTSUP'));
        break;
    }
  }

  #forget(name: string): void {
    const followed = this.#followed.get(name);
    this.#followed.delete(name);
    void followed?.unsubscribe();
  }
}
