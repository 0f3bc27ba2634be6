import type { FluxError, Request } from 'flux';
import type { AllocInterface } from './alloc';
import type { EventBatch } from './batch';
import type { JobTable } from './table';

export interface DrainParts {
  table: JobTable;
  alloc: Pick<AllocInterface, 'outstanding' | 'unfreed'>;
  batch: Pick<EventBatch, 'afterCommit'>;
}

/**
 * `job-manager.drain` and `job-manager.idle` (docs/protocol/job-manager.md §9): answered when nothing is active, or nothing runs or may get
 * resources.
 */
export class Drains {
  readonly #parts: DrainParts;
  readonly #drains = new Set<Request>();
  readonly #idles = new Set<Request>();

  constructor(parts: DrainParts) {
    this.#parts = parts;
  }

  drain(request: Request): void {
    this.#drains.add(request);
    this.check();
  }

  idle(request: Request): void {
    this.#idles.add(request);
    this.check();
  }

  /** To be called when a job has become inactive, or an alloc request was answered. */
  check(): void {
    const { table, alloc, batch } = this.#parts;
    if (this.#drains.size > 0 && table.size === 0) for (const request of take(this.#drains)) batch.afterCommit(() => request.respond());
    // what waits for a scheduler does nothing: without one an instance could never end
    if (this.#idles.size > 0 && table.running === alloc.unfreed && alloc.outstanding === 0) {
      const pending = table.size;
      for (const request of take(this.#idles)) batch.afterCommit(() => request.respond({ pending }));
    }
  }

  disconnect(sender: string): void {
    for (const requests of [this.#drains, this.#idles])
      for (const request of requests) if (request.sender === sender) requests.delete(request);
  }

  end(error: FluxError): void {
    for (const requests of [this.#drains, this.#idles]) for (const request of take(requests)) request.respondError(error);
  }
}

function take(requests: Set<Request>): Request[] {
  const all = [...requests];
  requests.clear();
  return all;
}
