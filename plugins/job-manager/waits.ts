import { FluxError, type Request } from 'flux';
import { JOBID_ANY } from 'flux/internal';
import type { Job } from './job';
import { waitOutcome } from './result';
import type { JobTable } from './table';

interface Waiter {
  request: Request;
  id: bigint;
}

/** `job-manager.wait` (docs/protocol/job-manager.md §9): the ends of waitable jobs, each told once. */
export class Waits {
  readonly #table: JobTable;
  readonly #waiters: Waiter[] = [];
  /** Waitable jobs that are inactive and not yet waited for. */
  readonly #zombies = new Map<bigint, Job>();

  constructor(table: JobTable) {
    this.#table = table;
  }

  get zombies(): Iterable<Job> {
    return this.#zombies.values();
  }

  addZombie(job: Job): void {
    this.#zombies.set(job.id, job);
  }

  /** Answers the request now or when its job ends; `id` JOBID_ANY: the first to end. ECHILD if that can't be. */
  wait(request: Request, id: bigint): void {
    const zombie = id === JOBID_ANY ? this.#zombies.values().next().value : this.#zombies.get(id);
    if (zombie) {
      this.#zombies.delete(zombie.id);
      answer(request, zombie);
      return;
    }
    if (id === JOBID_ANY) this.#checkAny();
    else this.#check(id);
    this.#waiters.push({ request, id });
  }

  /** A waitable job has become inactive. */
  jobInactive(job: Job): void {
    const waiter = this.#waiters.find(({ id }) => id === job.id) ?? this.#waiters.find(({ id }) => id === JOBID_ANY);
    if (!waiter) {
      this.addZombie(job);
      return;
    }
    this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
    answer(waiter.request, job);
  }

  disconnect(sender: string): void {
    for (let i = this.#waiters.length - 1; i >= 0; i--) if (this.#waiters[i]!.request.sender === sender) this.#waiters.splice(i, 1);
  }

  end(error: FluxError): void {
    for (const { request } of this.#waiters.splice(0)) request.respondError(error);
  }

  #check(id: bigint): void {
    const job = this.#table.lookup(id, new FluxError('ECHILD', 'invalid job id, or job may be inactive and not waitable'));
    if (!job.waitable) throw new FluxError('ECHILD', 'job was not submitted with FLUX_JOB_WAITABLE');
    if (this.#waiters.some((waiter) => waiter.id === id)) throw new FluxError('ECHILD', 'job id already has a waiter');
  }

  #checkAny(): void {
    let waitable = 0;
    for (const job of this.#table) if (job.waitable) waitable++;
    if (this.#waiters.length >= waitable) throw new FluxError('ECHILD', 'there are no more waitable jobs');
  }
}

function answer(request: Request, job: Job): void {
  request.respond({ id: job.id, ...waitOutcome(job) });
}
