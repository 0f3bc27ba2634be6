import { defineModule, type Flux, FluxError, kvsWatch, NO_RESPONSE, type ReadBy, type Request, type ReturnedBy } from 'flux';
import { WatchedNamespace } from './watched-namespace';
import { checkStreaming, Watcher } from './watcher';

/** Answers lookups of keys again whenever they change (docs/protocol/kvs.md §5; flux_kvs_lookup(3), FLUX_KVS_WATCH and FLUX_KVS_WAITCREATE). */
export default defineModule({
  serves: kvsWatch,
  api: 1,
  reads: [],
  main(m) {
    const service = new WatchService(m.flux);
    m.defer(() => service.end());
    return {
      lookup: {
        once: (asked, request) => service.lookup(asked, request),
        stream: (asked, request) => service.lookup(asked, request),
      },
      cancel: ({ matchtag }, request) => service.cancel(matchtag, request),
      disconnect: (_, request) => service.disconnect(request),
      statsGet: () => service.stats(),
    };
  },
});

class WatchService {
  readonly #flux: Flux;
  readonly #namespaces = new Map<string, WatchedNamespace>();
  /** Watchers by who asked for them, and by the matchtag of the request. */
  readonly #bySender = new Map<string, Map<number, Set<Watcher>>>();

  constructor(flux: Flux) {
    this.#flux = flux;
  }

  lookup({ namespace: name, key, flags }: ReadBy<typeof kvsWatch.lookup>, request: Request): typeof NO_RESPONSE {
    checkStreaming(request, flags);
    const namespace = this.#namespace(name);
    const watcher = new Watcher(request, { key, flags }, () => {
      this.#remove(watcher);
      namespace.remove(watcher);
    });
    this.#add(watcher);
    namespace.add(watcher);
    void watcher.run();
    return NO_RESPONSE;
  }

  /** Ends the sender's watch of this matchtag. */
  cancel(matchtag: number, request: Request): void {
    const watchers = this.#bySender.get(request.sender)?.get(matchtag) ?? [];
    end(watchers, request, new FluxError('ENODATA'));
  }

  disconnect(request: Request): void {
    for (const watchers of [...(this.#bySender.get(request.sender)?.values() ?? [])]) end(watchers, request);
  }

  stats(): ReturnedBy<typeof kvsWatch.statsGet> {
    const namespaces = Object.fromEntries([...this.#namespaces].map(([name, namespace]) => [name, namespace.stats]));
    return { watchers: this.#watchers.length, 'namespace-count': this.#namespaces.size, namespaces };
  }

  /** The module goes. */
  end(): void {
    for (const watcher of this.#watchers) watcher.end(new FluxError('ENOSYS'));
  }

  get #watchers(): Watcher[] {
    return [...this.#bySender.values()].flatMap((byTag) => [...byTag.values()].flatMap((watchers) => [...watchers]));
  }

  #add(watcher: Watcher): void {
    const { sender, matchtag } = watcher.request;
    const byTag = this.#bySender.get(sender) ?? new Map<number, Set<Watcher>>();
    this.#bySender.set(sender, byTag);
    byTag.set(matchtag, (byTag.get(matchtag) ?? new Set()).add(watcher));
  }

  #remove(watcher: Watcher): void {
    const { sender, matchtag } = watcher.request;
    const byTag = this.#bySender.get(sender);
    const watchers = byTag?.get(matchtag);
    watchers?.delete(watcher);
    if (watchers?.size === 0) byTag!.delete(matchtag);
    if (byTag?.size === 0) this.#bySender.delete(sender);
  }

  #namespace(name: string): WatchedNamespace {
    const known = this.#namespaces.get(name);
    if (known) return known;
    const namespace = new WatchedNamespace(this.#flux, name, () => {
      if (this.#namespaces.get(name) === namespace) this.#namespaces.delete(name);
    });
    this.#namespaces.set(name, namespace);
    void namespace.start();
    return namespace;
  }
}

/** Ends those watches that the sender of a request may end; without an error silently. */
function end(watchers: Iterable<Watcher>, by: Request, error?: FluxError): void {
  for (const watcher of [...watchers]) if (by.authorizedFor(watcher.request.userid)) watcher.end(error);
}
