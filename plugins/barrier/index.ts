import { barrier, defineModule, FluxError, type ModuleContext, NO_RESPONSE, type Request } from 'flux';
import { type Barrier, BarrierTable } from './barrier';

const ECONNABORTED = 103;

/**
 * Barriers among clients anywhere in the instance (flux_barrier(3), docs/protocol/cron-heartbeat-barrier.md §4). A rank counts its own entries and
 * tells its parent; the rank that has them all publishes `barrier.exit`, and every rank answers those that wait on it.
 */
export default defineModule({
  serves: barrier,
  api: 1,
  reads: [],
  async main(m) {
    const service = new BarrierService(m, await m.flux.rank());
    await m.subscribe(barrier.exit, ({ name, owner, errnum }) => service.exit(name, owner, errnum));
    return {
      enter: ({ name, nprocs }, request) => service.enter(name, nprocs, request),
      update: ({ name, count, nprocs, owner }) => service.update(name, count, nprocs, owner),
      disconnect: (_, request) => service.disconnect(request),
    };
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

  enter(name: string, nprocs: number, request: Request): typeof NO_RESPONSE {
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

  update(name: string, count: number, nprocs: number, owner: number): void {
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
  #tellParent(entered: Barrier): void {
    this.#dirty.add(entered);
    if (this.#dirty.size > 1) return;
    this.#m.after(0, () => {
      for (const { name, count, nprocs, owner } of this.#dirty) {
        this.#m.flux.tell(barrier.update, { name, count, nprocs, owner }, { nodeid: 'upstream' });
      }
      for (const told of this.#dirty) told.count = 0;
      this.#dirty.clear();
    });
  }

  #publishExit({ name, owner }: Barrier, errnum: number): void {
    this.#m.flux
      .publish(barrier.exit, { name, owner, errnum })
      .catch((e) => this.#m.log.err(`${barrier.exit.topic} ${name}: ${e.message}`));
  }
}
