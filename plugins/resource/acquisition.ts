import { FluxError, type IdSet, type Log, NO_RESPONSE, Raw, type Request } from 'flux';
import type { InstanceR } from './instance-r';

/** What the acquiring client is told of. */
export interface AcquisitionParts {
  inventory: InstanceR;
  log: Log;
  /** Ranks that are online and neither drained nor excluded. */
  up(): IdSet;
  excluded(): IdSet;
}

/** The one client, a scheduler, that has the resources (resource.acquire; docs/protocol/resource-sched.md §6.7). */
export class Acquisition {
  readonly #parts: AcquisitionParts;
  #request: Request | undefined;
  /** What it was told of: ranks of its R, and those of them that are up. */
  #told: { ranks: IdSet; up: IdSet } | undefined;
  #defined = false;

  constructor(parts: AcquisitionParts) {
    this.#parts = parts;
  }

  get active(): boolean {
    return this.#request !== undefined;
  }

  /** @throws FluxError EBUSY if there is one already, EPROTO if the request is not streaming */
  accept(request: Request): typeof NO_RESPONSE {
    if (!request.streaming) throw new FluxError('EPROTO');
    if (this.#request) throw new FluxError('EBUSY');
    this.#request = request;
    this.#begin();
    return NO_RESPONSE;
  }

  /** R is known and stored. */
  define(): void {
    this.#defined = true;
    this.#begin();
  }

  /** Tells of ranks that have come up or gone down. */
  update(): void {
    if (!this.#request || !this.#told) return;
    const before = this.#told.up;
    const now = this.#parts.up().intersect(this.#told.ranks);
    this.#told.up = now;
    const [up, down] = [now.difference(before), before.difference(now)];
    if (up.isEmpty && down.isEmpty) return;
    this.#request.respond({ ...(up.isEmpty ? {} : { up: up.encode() }), ...(down.isEmpty ? {} : { down: down.encode() }) });
  }

  cancel(sender: string, matchtag: number): void {
    if (this.#request?.sender !== sender || this.#request.matchtag !== matchtag) return;
    this.#end(new FluxError('ENODATA'));
    this.#parts.log.debug('canceled 1 resource.acquire');
  }

  disconnect(sender: string): void {
    if (this.#request?.sender !== sender) return;
    this.#request = undefined;
    this.#told = undefined;
    this.#parts.log.debug('aborted 1 resource.acquire(s)');
  }

  /** The module goes away. */
  close(): void {
    this.#end(new FluxError('ECANCELED', 'the resource module was unloaded'));
  }

  #begin(): void {
    if (!this.#request || !this.#defined || this.#told) return;
    const { text, rlist } = this.#parts.inventory.require();
    const excluded = this.#parts.excluded();
    const offered = excluded.isEmpty ? rlist : rlist.withoutRanks(excluded);
    const ranks = offered.ranks();
    const up = this.#parts.up().intersect(ranks);
    this.#told = { ranks, up };
    this.#request.respond({ resources: offered === rlist ? new Raw(text) : offered.toR(), up: up.encode() });
  }

  #end(error: FluxError): void {
    this.#request?.respondError(error);
    this.#request = undefined;
    this.#told = undefined;
  }
}
