import { defineModule, FluxError, type ModuleContext, NO_RESPONSE, type Request } from 'flux';
import { unpack } from 'flux/internal';
import { type Barrier, BarrierTable } from './barrier';

const ECONNABORTED = 103;

/**
 * Barriers among clients anywhere in the instance (flux_barrier(3), contract/cron-heartbeat-barrier.md §4). A rank counts its own entries and tells
 * its parent; the rank that has them all publishes `barrier.exit`, and every rank answers those that wait on it.
 */
export default defineModule({
  name: 'barrier',
  api: 1,
  reads: [],
  methods: {
    enter: 'user',
    update: 'owner',
    disconnect: 'user',
  },
  async main(m) {
    const service = new BarrierService(m, await m.flux.rank());
    m.serve('enter', (_, request) => service.enter(request));
    m.serve('update', (_, request) => service.update(request));
    m.serve('disconnect', (_, request) => service.disconnect(request));
    await m.subscribe('barrier.exit', (_, event) => {
      const { name, owner, errnum } = unpack(event, { name: 's', owner: 'i', errnum: 'i' });
      service.exit(name, owner, errnum);
    });
  },
});

class BarrierService {
  readonly #table = new BarrierTable();
  /** Barriers with entries to tell the parent of. */
  readonly #dirty = new Set<Barrier>();
  readonly #m: ModuleContext;
  readonly #rank: number;

  constructor(m: ModuleContext, rank: number) {
    this.#m = m;
    this.#rank = rank;
  }

  enter(request: Request): typeof NO_RESPONSE {
    const { name, nprocs } = exactly(request, { name: 's', nprocs: 'i' });
    const barrier = this.#open(name, nprocs, request.userid);
    if (barrier.waiting.has(request.sender)) {
      this.#m.log.err(`abort ${name} due to double entry by ${request.sender}`);
      this.#publishExit(barrier, ECONNABORTED);
      throw new FluxError('EEXIST');
    }
    barrier.waiting.set(request.sender, request);
    this.#count(barrier, 1);
    return NO_RESPONSE;
  }

  update(request: Request): void {
    const { name, count, nprocs, owner } = exactly(request, { name: 's', count: 'i', nprocs: 'i', owner: 'i' });
    this.#count(this.#open(name, nprocs, owner), count);
  }

  /** A waiting client is gone: nobody can complete the barrier any more. */
  disconnect(request: Request): void {
    for (const barrier of this.#table.of(request.sender)) {
      if (!request.authorizedFor(barrier.owner)) {
        this.#m.log.err(`disconnect auth failure from user ${request.userid}`);
        continue;
      }
      barrier.waiting.delete(request.sender);
      this.#publishExit(barrier, ECONNABORTED);
    }
  }

  exit(name: string, owner: number, errnum: number): void {
    const barrier = this.#table.find(name, owner);
    if (!barrier) return;
    this.#table.remove(barrier);
    this.#dirty.delete(barrier);
    if (this.#rank === 0) this.#m.log.debug(`destroy ${name} ${barrier.nprocs}`);
    for (const request of barrier.waiting.values()) {
      if (errnum === 0) request.respond();
      else request.respondError(new FluxError(errnum));
    }
  }

  #open(name: string, nprocs: number, owner: number): Barrier {
    return this.#table.findOrCreate(name, nprocs, owner, () => {
      if (this.#rank === 0) this.#m.log.debug(`create ${name} ${nprocs}`);
    });
  }

  #count(barrier: Barrier, entries: number): void {
    barrier.count += entries;
    if (barrier.complete) this.#publishExit(barrier, 0);
    else if (this.#rank > 0) this.#tellParent(barrier);
  }

  /** Entries of one turn of the event loop go up together. */
  #tellParent(barrier: Barrier): void {
    this.#dirty.add(barrier);
    if (this.#dirty.size > 1) return;
    this.#m.after(0, () => {
      for (const { name, count, nprocs, owner } of this.#dirty) {
        this.#m.flux.notify('barrier.update', { name, count, nprocs, owner }, { nodeid: 'upstream' });
      }
      for (const told of this.#dirty) told.count = 0;
      this.#dirty.clear();
    });
  }

  #publishExit({ name, owner }: Barrier, errnum: number): void {
    this.#m.flux.publish('barrier.exit', { name, owner, errnum }).catch((e) => this.#m.log.err(`barrier.exit ${name}: ${e.message}`));
  }
}

/** As unpack(); keys beyond these are EPROTO too. */
function exactly<const S extends Parameters<typeof unpack>[1]>(request: Request, spec: S) {
  const keys = unpack(request, spec);
  if (Object.keys(request.json()).length !== Object.keys(spec).length) throw new FluxError('EPROTO');
  return keys;
}
