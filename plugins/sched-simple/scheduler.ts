import {
  encodeJson,
  errorText,
  FluxError,
  IdSet,
  jobIdFromJson,
  jobManager,
  type ModuleContext,
  type Request,
  Resources,
  type RpcStream,
  resource,
  toFluxError,
} from 'flux';
import {
  type AcquireUpdate,
  type AllocMode,
  allocate,
  checkFeasible,
  parseRequest,
  type ResourceRequest,
  Rlist,
  wallSeconds,
} from 'flux/internal';
import { DebugFlag, type DebugFlags } from './debug';
import { loadR, storeR } from './job-r';
import type { SchedOptions } from './options';
import { AllocQueue, type PendingAlloc } from './queue';

/** Types of a response to sched.alloc. */
const Reply = { success: 0, annotate: 1, deny: 2, cancel: 3 } as const;

/** Resources are free again, or jobs have gone: what a placed job's annotations say. */
const placed = { reason_pending: null, jobs_ahead: null };

/**
 * A FIFO scheduler of nodes and cores: the highest job is placed, or everybody waits (docs/protocol/resource-sched.md §7). It holds the inventory of
 * the instance with what is up and what is taken.
 */
export class Scheduler {
  readonly #m: Pick<ModuleContext, 'flux' | 'log' | 'signal' | 'defer' | 'stop'>;
  readonly #options: SchedOptions;
  readonly #debug: DebugFlags;
  readonly #queue = new AllocQueue();
  /** R of the jobs that hold resources. */
  readonly #held = new Map<bigint, Rlist>();
  /** Jobs that hold what we can't tell or don't have: nothing is marked for them, nothing given back. */
  readonly #unplaced = new Set<bigint>();
  #inventory = new Rlist();

  #closed = false;
  /** The resource module is gone: what it last told of counts until there is another. */
  #lost = false;

  constructor(m: Pick<ModuleContext, 'flux' | 'log' | 'signal' | 'defer' | 'stop'>, options: SchedOptions, debug: DebugFlags) {
    this.#m = m;
    this.#options = options;
    this.#debug = debug;
  }

  /** Acquires resources, learns what is allocated, and tells the job manager that it is ready. Resolves then; later updates are followed on. */
  async start(): Promise<void> {
    const updates = new Resources(this.#m.flux).acquire();
    this.#m.defer(() => void updates.return());
    await this.#acquire(updates);
    await this.#join();
    void this.#follow(updates);
  }

  /** There is a job manager again, or the one we know: learns what is allocated by its account, and tells it that we are ready. */
  async rejoin(): Promise<void> {
    try {
      await this.#join();
      this.#schedule();
    } catch (e) {
      if (!this.#m.signal.aborted) this.#m.log.err(`${jobManager.hello.topic}: ${errorText(e)}`);
    }
  }

  /** The resource module is there again: takes what there is now, with what jobs hold. */
  async reacquire(): Promise<void> {
    if (!this.#lost) return;
    const updates = new Resources(this.#m.flux).acquire();
    try {
      await this.#acquire(updates);
      this.#lost = false;
      this.#holdAgain();
      this.#schedule();
      void this.#follow(updates);
    } catch (e) {
      if (!this.#m.signal.aborted) this.#m.log.err(`${resource.hello.topic}: ${errorText(e)}`);
    }
  }

  /** A job manager is gone: nobody waits for what it has asked. */
  disconnect(sender: string): void {
    this.#queue.drop(sender);
    this.#schedule();
  }

  async #join(): Promise<void> {
    await this.#hello();
    const { mode: limit } = this.#options;
    const mode = limit > 0 ? { mode: 'limited', limit } : { mode: 'unlimited' };
    await this.#m.flux.call(jobManager.schedReady, mode);
    this.#m.log.debug(`ready: ${this.#inventory.freeCount()} of ${this.#inventory.count('core')} cores: ${this.#inventory.dumps()}`);
  }

  // ---- requests of the job manager

  alloc(request: Request, alloc: Omit<PendingAlloc, 'resources' | 'request'>, jobspec: unknown): void {
    if (this.#closed) throw new FluxError('ENOSYS', 'simple sched exiting');
    const { mode: limit } = this.#options;
    if (limit > 0 && this.#queue.length >= limit) {
      this.#m.log.err(`alloc received above max concurrency: ${limit}`);
      throw new FluxError('EINVAL');
    }
    if (this.#debug.has(DebugFlag.failAlloc)) {
      deny(request, alloc.id, 'DEBUG_FAIL_ALLOC');
      return;
    }
    let resources: ResourceRequest;
    try {
      resources = parseRequest(jobspec);
    } catch (e) {
      deny(request, alloc.id, errorText(e));
      return;
    }
    const { nnodes, nslots, slotSize, duration } = resources;
    this.#m.log.debug(`req: ${alloc.id}: spec={${nnodes},${nslots},${slotSize}} duration=${duration.toFixed(1)}`);
    this.#queue.insert({ ...alloc, resources, request });
    this.#schedule();
  }

  async free(id: bigint): Promise<{ id: bigint }> {
    if (this.#options['test-free-nolookup']) throw new FluxError('EINVAL', 'free fails, as the module was asked to');
    if (this.#unplaced.delete(id)) return { id };
    const r = this.#held.get(id) ?? (await loadR(this.#m.flux, id));
    this.#inventory.free(r);
    this.#held.delete(id);
    this.#m.log.debug(`free: ${r.dumps()}`);
    this.#schedule();
    return { id };
  }

  cancel(id: bigint): void {
    const alloc = this.#queue.remove(id);
    alloc?.request.respond({ id, type: Reply.cancel });
    this.#schedule();
  }

  prioritize(priorities: ReadonlyMap<bigint, number>): void {
    this.#queue.reprioritize(priorities);
    this.#schedule();
  }

  // ---- requests of anybody

  status() {
    const all = this.#inventory.copyEmpty();
    return { all: all.toR(), allocated: this.#inventory.copyAllocated().toR(), down: this.#inventory.copyDown().toR() };
  }

  feasible(jobspec: unknown): void {
    const request = parseRequest(jobspec);
    try {
      checkFeasible(this.#inventory, request, this.#options['alloc-mode']);
    } catch (e) {
      if (toFluxError(e).code === 'EOVERFLOW') throw new FluxError('EOVERFLOW', 'request is not satisfiable');
      throw new FluxError('EINVAL', 'cannot allocate this jobspec');
    }
  }

  /** Gives what is pending back to the job manager, and what still comes. */
  close(): void {
    this.#closed = true;
    for (const { request } of this.#queue.clear()) request.respondError(new FluxError('ENOSYS', 'simple sched exiting'));
  }

  // ---- resources

  async #acquire(updates: RpcStream<AcquireUpdate>): Promise<void> {
    try {
      const update = await this.#next(updates);
      this.#inventory = Rlist.fromR(update.resources);
      this.#inventory.markDown(this.#inventory.ranks());
      this.#apply(update);
    } catch (e) {
      throw this.#lostResources(e);
    }
  }

  async #follow(updates: RpcStream<AcquireUpdate>): Promise<void> {
    try {
      for (;;) {
        this.#apply(await this.#next(updates));
        this.#schedule();
      }
    } catch (e) {
      if (isGone(toFluxError(e))) {
        this.#lost = true;
        if (!this.#m.signal.aborted) this.#m.log.err(`resource update failure: ${errorText(e)}: waiting for the resource module`);
      } else this.#m.stop(this.#lostResources(e));
    }
  }

  /** The next update, which is logged as it was sent. @throws FluxError ENODATA at the end of the stream */
  async #next(updates: RpcStream<AcquireUpdate>): Promise<AcquireUpdate> {
    const message = await updates.nextMessage();
    if (!message) throw new FluxError('ENODATA');
    this.#m.log.info(`resource update: ${encodeJson(message.payload?.exactJson())}`); // compact, reals as they are
    return message.json() as AcquireUpdate;
  }

  #apply({ up, down }: AcquireUpdate): void {
    if (up !== undefined) this.#inventory.markUp(IdSet.parse(up));
    if (down !== undefined) this.#inventory.markDown(IdSet.parse(down));
  }

  #lostResources(e: unknown): unknown {
    if (!this.#m.signal.aborted) this.#m.log.err(`exiting due to resource update failure: ${errorText(e)}`);
    return e;
  }

  /** Marks what jobs hold already; what they don't hold, by the job manager's account, is free. */
  async #hello(): Promise<void> {
    const holders = new Set<bigint>();
    for await (const job of this.#m.flux.open(jobManager.schedHello)) {
      const id = jobIdFromJson(job.id);
      holders.add(id);
      if (this.#held.has(id) || this.#unplaced.has(id)) continue;
      this.#place(id, await this.#readHeld(id));
    }
    for (const id of this.#unplaced) if (!holders.has(id)) this.#unplaced.delete(id);
    for (const id of this.#held.keys()) if (!holders.has(id)) this.#giveBack(id);
  }

  /** The inventory is another: what jobs hold is marked in it. */
  #holdAgain(): void {
    const held = [...this.#held];
    this.#held.clear();
    for (const [id, r] of held) this.#place(id, r);
  }

  #place(id: bigint, r: Rlist | undefined): void {
    try {
      if (r) this.#held.set(id, this.#hold(r));
      else this.#unplaced.add(id);
    } catch (e) {
      if (!(e instanceof FluxError)) throw e;
      this.#m.log.err(`hello: rlist_remove (${r!.dumps()})`);
      this.#unplaced.add(id);
    }
  }

  /** Once, however many say so. */
  #giveBack(id: bigint): void {
    const r = this.#held.get(id);
    if (r && this.#held.delete(id)) this.#inventory.free(r);
  }

  #hold(r: Rlist): Rlist {
    this.#inventory.setAllocated(r);
    return r;
  }

  async #readHeld(id: bigint): Promise<Rlist | undefined> {
    try {
      return await loadR(this.#m.flux, id);
    } catch (e) {
      this.#m.log.err(`hello: job ${id}: R can't be read: ${errorText(e)}`);
      return undefined;
    }
  }

  // ---- scheduling

  /** Places jobs from the head of the queue until one must wait. */
  #schedule(): void {
    for (let head = this.#queue.head; head; head = this.#queue.head) {
      const outcome = tryAllocate(this.#inventory, head.resources, this.#options['alloc-mode']);
      if (outcome === 'wait') break;
      this.#queue.shift();
      if (typeof outcome === 'string') deny(head.request, head.id, outcome);
      else void this.#grant(head, outcome);
    }
    if (this.#debug.has(DebugFlag.annotate)) this.#annotate();
  }

  /** The job has its resources once R is in the KVS. */
  async #grant({ id, request, resources: { duration } }: PendingAlloc, r: Rlist): Promise<void> {
    if (duration > 0) {
      r.starttime = wallSeconds();
      r.expiration = r.starttime + duration;
    }
    this.#held.set(id, r);
    const summary = r.dumps();
    try {
      await storeR(this.#m.flux, id, r);
      this.#m.log.debug(`alloc: ${id}: ${summary}`);
      request.respond({ id, type: Reply.success, annotations: { sched: { resource_summary: summary, ...placed } } });
    } catch (e) {
      this.#giveBack(id);
      request.respondError(e);
    }
  }

  #annotate(): void {
    for (const [ahead, { id, request }] of [...this.#queue].entries()) {
      const sched = { reason_pending: 'insufficient resources', jobs_ahead: ahead };
      request.respond({ id, type: Reply.annotate, annotations: { sched } });
    }
  }
}

/** The resources, `wait`, or why there will never be any. */
function tryAllocate(inventory: Rlist, request: ResourceRequest, mode: AllocMode): Rlist | string {
  try {
    return allocate(inventory, request, mode);
  } catch (e) {
    const { code } = toFluxError(e);
    if (code === 'ENOSPC') return 'wait';
    return code === 'EOVERFLOW' ? 'unsatisfiable request' : 'unable to allocate provided jobspec';
  }
}

function deny(request: Request, id: bigint, note: string): void {
  request.respond({ id, type: Reply.deny, note });
}

/** The service has ended its stream because it goes, or is not there. */
const isGone = ({ code }: FluxError) => code === 'ECANCELED' || code === 'ENOSYS';
