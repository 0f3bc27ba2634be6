import {
  type Flux,
  FluxError,
  JobState,
  type JsonObject,
  type Log,
  type Message,
  real,
  type SchedulingStatus,
  sched,
  strerror,
} from 'flux';
import type { Annotator } from './annotator';
import type { EventPoster } from './events';
import { type Job, USERID_SYSTEM } from './job';
import { preempted } from './preemption';
import { JobQueue } from './queue';
import type { JobTable } from './table';

export interface AllocParts {
  table: JobTable;
  events: Pick<EventPoster, 'post'>;
  annotator: Pick<Annotator, 'merge' | 'drop'>;
  flux: Pick<Flux, 'sendUntagged'>;
  log: Pick<Log, 'debug' | 'err'>;
  act(job: Job): void;
  /** The number of outstanding requests may have gone down, and what follows from it is done. */
  settled(): void;
}

/** Types of a response to sched.alloc. */
const AllocResponse = { success: 0, annotate: 1, deny: 2, cancel: 3 } as const;

/**
 * The scheduler's side of the job manager: a queue of jobs that want resources, and the requests that are with the scheduler
 * (docs/protocol/job-manager.md §7). Requests go out once a turn, so that of all that happened in it the highest job is served first.
 */
export class AllocInterface {
  readonly #parts: AllocParts;
  readonly #queue = new JobQueue();
  readonly #outstanding = new Set<Job>();
  readonly #frees = new Set<Job>();
  /** Jobs that wait for a scheduler to give their resources back to. */
  readonly #unfreed = new Set<Job>();
  readonly #reprioritized = new Set<Job>();
  #scheduler: { sender: string; limit: number } | undefined;
  #stopped: { reason: string } | undefined;
  #resendFrees = false;
  #pumping = false;

  constructor(parts: AllocParts) {
    this.#parts = parts;
  }

  get queue(): JobQueue {
    return this.#queue;
  }
  get outstanding(): number {
    return this.#outstanding.size;
  }
  /** Jobs that are over but for their resources, which nobody is there to take back. */
  get unfreed(): number {
    return this.#unfreed.size;
  }

  // ---- what jobs need

  /** The job is in SCHED: queues it, or makes known its new priority. */
  want(job: Job): void {
    if (job.alloc === 'none') {
      if (job.held || job.allocBypass) return;
      this.#enqueue(job);
    } else if (job.alloc === 'queued') this.#queue.reposition(job);
    else if (job.priority !== job.allocPriority) {
      job.allocPriority = job.priority;
      if (job.held) this.cancel(job);
      else this.#reprioritized.add(job);
    }
    this.#pump();
  }

  dequeue(job: Job): void {
    if (job.alloc !== 'queued') return;
    this.#queue.remove(job);
    job.alloc = 'none';
  }

  /** Asks the scheduler to give an outstanding request back. */
  cancel(job: Job): void {
    if (job.alloc !== 'outstanding' || job.allocCancelled) return;
    job.allocCancelled = true;
    this.#parts.flux.sendUntagged(sched.cancel, { id: job.id });
  }

  /** Gives the job's resources back; without a scheduler that waits for the next one. */
  free(job: Job): void {
    if (!this.#scheduler) {
      this.#unfreed.add(job);
      this.#parts.settled();
      return;
    }
    job.freePending = true;
    this.#frees.add(job);
    this.#parts.flux.sendUntagged(sched.free, { id: job.id });
    if (job.debug) this.#parts.events.post(job, 'debug.free-request');
  }

  // ---- what the scheduler says

  /** Jobs that hold resources, for a scheduler that starts. */
  *hello(): IterableIterator<SchedulingFields> {
    for (const job of this.#parts.table) if (job.hasResources) yield schedulingFields(job);
  }

  /** A scheduler is there; `limit` 0: any number of requests may be outstanding. Returns the length of the queue. */
  ready(sender: string, limit: number): number {
    this.#scheduler = { sender, limit };
    this.#unfreed.clear();
    this.#resendFrees = true;
    this.#pump();
    return this.#queue.length;
  }

  /** A client is gone; if it was the scheduler, waits for another. */
  disconnect(sender: string): void {
    if (this.#scheduler?.sender === sender) this.#drop('disconnect', 0);
  }

  allocResponse(message: Message): void {
    this.#guard('alloc response error', message, () => {
      const { id, type, note, annotations } = sched.alloc.readResponse(message);
      const job = this.#parts.table.get(id);
      if (!job) throw this.#anomaly(sched.alloc, id, 'not active');
      if (job.alloc !== 'outstanding') throw this.#anomaly(sched.alloc, id, 'not requested');
      switch (type) {
        case AllocResponse.success:
          if (job.hasResources) throw this.#anomaly(sched.alloc, id, 'already allocated');
          this.#allocated(job, annotations);
          break;
        case AllocResponse.annotate:
          if (!annotations) throw new FluxError('EPROTO');
          this.#parts.annotator.merge(job, annotations);
          break;
        case AllocResponse.deny:
          this.#denied(job, note ?? '');
          break;
        case AllocResponse.cancel:
          this.#returned(job);
          break;
        default:
          throw new FluxError('EPROTO');
      }
    });
    this.#parts.settled();
    this.#pump();
  }

  freeResponse(message: Message): void {
    this.#guard('free response error', message, () => {
      const { id } = sched.free.readResponse(message);
      const job = this.#parts.table.get(id);
      if (!job) throw this.#anomaly(sched.free, id, 'not active');
      if (!job.hasResources) throw this.#anomaly(sched.free, id, 'not allocated');
      job.freePending = false;
      this.#frees.delete(job);
      this.#parts.events.post(job, 'free');
    });
  }

  // ---- administration

  stop(reason = ''): void {
    this.#stopped = { reason };
    for (const job of this.#outstanding) this.cancel(job);
  }

  start(): void {
    this.#stopped = undefined;
    this.#pump();
  }

  status(): SchedulingStatus {
    const offline = this.#scheduler ? undefined : { reason: 'Scheduler is offline' };
    const obstacle = this.#stopped ?? offline;
    return {
      enable: !obstacle,
      reason: obstacle?.reason ?? '',
      queue_length: this.#queue.length,
      alloc_pending: this.#outstanding.size,
      free_pending: this.#frees.size,
      running: this.#parts.table.running,
    };
  }

  // ---- inside

  #enqueue(job: Job): void {
    job.alloc = 'queued';
    this.#queue.insert(job);
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#sendRequests();
    });
  }

  #sendRequests(): void {
    if (!this.#scheduler) return;
    if (this.#resendFrees) {
      this.#resendFrees = false;
      for (const job of this.#parts.table) if (job.state === JobState.CLEANUP) this.#parts.act(job);
    }
    this.#sendPriorities();
    if (this.#stopped) return;
    const { limit } = this.#scheduler;
    while (this.#queue.first && !this.#queue.first.held && (limit === 0 || this.#outstanding.size < limit))
      this.#request(this.#queue.first);
    if (limit > 0 && this.#outstanding.size >= limit) for (const job of preempted(this.#queue, this.#outstanding)) this.cancel(job);
  }

  #request(job: Job): void {
    this.dequeue(job);
    job.alloc = 'outstanding';
    job.allocCancelled = false;
    job.allocPriority = job.priority;
    this.#outstanding.add(job);
    this.#parts.flux.sendUntagged(sched.alloc, { ...schedulingFields(job), jobspec: job.jobspec });
    if (job.debug) this.#parts.events.post(job, 'debug.alloc-request');
  }

  #sendPriorities(): void {
    const jobs = [...this.#reprioritized].filter((job) => job.alloc === 'outstanding' && !job.allocCancelled && !job.held);
    this.#reprioritized.clear();
    if (jobs.length > 0) this.#parts.flux.sendUntagged(sched.prioritize, { jobs: jobs.map((job) => [job.id, job.priority] as const) });
  }

  #allocated(job: Job, annotations: JsonObject | undefined): void {
    if (annotations) this.#parts.annotator.merge(job, annotations);
    this.#answered(job);
    this.#parts.events.post(job, 'alloc', job.annotations ? { annotations: job.annotations } : undefined);
  }

  #denied(job: Job, note: string): void {
    this.#parts.annotator.drop(job);
    this.#answered(job);
    this.#parts.events.post(job, 'exception', { type: 'alloc', severity: 0, userid: USERID_SYSTEM, note });
  }

  /** The scheduler gave the request back. */
  #returned(job: Job): void {
    const wanted = job.state === JobState.SCHED;
    this.#parts.annotator.drop(job, wanted ? 'sched' : undefined);
    this.#answered(job);
    if (wanted) this.#enqueue(job);
    else this.#parts.act(job);
  }

  #answered(job: Job): void {
    this.#outstanding.delete(job);
    job.alloc = 'none';
    job.allocCancelled = false;
  }

  /** An error response, or one that makes no sense, drops the scheduler. */
  #guard(reason: string, message: Message, handle: () => void): void {
    try {
      if (message.errnum !== 0) throw message.error();
      handle();
    } catch (e) {
      if (!(e instanceof FluxError)) throw e;
      this.#drop(reason, e.errnum);
    }
  }

  #anomaly({ topic }: typeof sched.alloc | typeof sched.free, id: bigint, what: string): FluxError {
    this.#parts.log.err(`${topic}-response: id=${id} ${what}`);
    return new FluxError('EINVAL');
  }

  /** Outstanding allocs go back to the queue, frees are sent again to the next scheduler. */
  #drop(reason: string, errnum: number): void {
    if (!this.#scheduler) return;
    this.#scheduler = undefined;
    this.#parts.log.debug(`alloc: stop due to ${reason}: ${strerror(errnum)}`);
    for (const job of this.#frees) {
      job.freePending = false;
      this.#unfreed.add(job);
    }
    this.#frees.clear();
    for (const job of [...this.#outstanding]) this.#returned(job);
    this.#parts.settled();
  }
}

type SchedulingFields = ReturnType<typeof schedulingFields>;

function schedulingFields(job: Job) {
  return { id: job.id, priority: job.priority, userid: job.userid, t_submit: real(job.tSubmit) };
}
