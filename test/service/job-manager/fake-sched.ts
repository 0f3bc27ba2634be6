import { type Flux, jobIdFromJson, NO_RESPONSE, type Request } from '../../../core';

/** A scheduler that a test plays by hand, or that grants everything at once (`grant`). */
export class FakeSched {
  /** Requests as they came: `sched.alloc ID PRIORITY`, `sched.cancel ID` … */
  readonly log: string[] = [];
  readonly allocs = new Map<bigint, Request>();
  readonly frees = new Map<bigint, Request>();
  readonly #flux: Flux;
  readonly #grant: boolean;

  private constructor(flux: Flux, grant: boolean) {
    this.#flux = flux;
    this.#grant = grant;
  }

  /** Registers the service on a handle of its own. */
  static async start(flux: Flux, { grant = false } = {}): Promise<FakeSched> {
    const sched = new FakeSched(flux, grant);
    await flux.register('sched');
    flux.serve('sched.alloc', {}, (_payload, request) => sched.#alloc(request));
    flux.serve('sched.free', {}, (_payload, request) => sched.#free(request));
    flux.serve('sched.cancel', {}, ({ id }) => sched.#cancel(jobIdFromJson(id)));
    flux.serve('sched.prioritize', {}, ({ jobs }) => {
      sched.log.push(`sched.prioritize ${(jobs as unknown[][]).map((pair) => pair.join(' ')).join(', ')}`);
      return NO_RESPONSE;
    });
    return sched;
  }

  async hello(): Promise<Record<string, unknown>[]> {
    const jobs = [];
    for await (const job of this.#flux.stream('job-manager.sched-hello')) jobs.push(job);
    return jobs;
  }

  async ready(limit?: number): Promise<unknown> {
    return this.#flux.rpc('job-manager.sched-ready', limit === undefined ? { mode: 'unlimited' } : { mode: 'limited', limit });
  }

  /** Answers an alloc request: type 0 success, 1 annotate, 2 deny, 3 cancel. */
  respond(id: bigint, type: number, more: object = {}): void {
    const request = this.allocs.get(id);
    if (!request) throw new Error(`no alloc request of ${id}`);
    if (type !== 1) this.allocs.delete(id);
    // Not `respond` of the request: it may answer several times.
    request.respond({ id, type, ...more });
  }

  free(id: bigint): void {
    const request = this.frees.get(id);
    if (!request) throw new Error(`no free request of ${id}`);
    this.frees.delete(id);
    request.respond({ id });
  }

  #alloc(request: Request): typeof NO_RESPONSE {
    const { id, priority } = request.json<{ id: unknown; priority: number }>();
    const job = jobIdFromJson(id);
    this.log.push(`sched.alloc ${job} ${priority}`);
    this.allocs.set(job, request);
    if (this.#grant) this.respond(job, 0, { annotations: { sched: { resource_summary: 'rank0/core0' } } });
    return NO_RESPONSE;
  }

  #free(request: Request): typeof NO_RESPONSE {
    const job = jobIdFromJson(request.json()['id']);
    this.log.push(`sched.free ${job}`);
    this.frees.set(job, request);
    if (this.#grant) this.free(job);
    return NO_RESPONSE;
  }

  #cancel(job: bigint): typeof NO_RESPONSE {
    this.log.push(`sched.cancel ${job}`);
    if (this.#grant && this.allocs.has(job)) this.respond(job, 3);
    return NO_RESPONSE;
  }
}
