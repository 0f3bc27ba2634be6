import { type Flux, FluxError, JobState, jobExec, type Log, type Message, t } from 'flux';
import type { EventPoster } from './events';
import { type Job, USERID_SYSTEM } from './job';
import type { JobTable } from './table';
import { membersOf } from './wire';

export interface ExecParts {
  table: JobTable;
  events: Pick<EventPoster, 'post'>;
  flux: Pick<Flux, 'sendUntagged'>;
  log: Pick<Log, 'debug' | 'err'>;
  act(job: Job): void;
}

/** What its responses tell, by type. */
const told = {
  exception: t.wire({ severity: t.int(), type: t.string(), note: t.string({ default: '' }) }),
  finish: t.wire({ status: t.int() }),
  release: t.wire({ ranks: t.string(), final: t.boolean() }),
};

/** The service that starts jobs (docs/protocol/job-manager.md §8): one request a job, answered by what happens to it. */
export class ExecInterface {
  readonly #parts: ExecParts;
  /** Undefined without a service. */
  #start: typeof jobExec.start | undefined;
  #sender: string | undefined;

  constructor(parts: ExecParts) {
    this.#parts = parts;
  }

  /** Topic of the start requests and their responses; undefined without a service. */
  get topic(): string | undefined {
    return this.#start?.topic;
  }

  /** A service introduces itself. EINVAL while jobs are with the one before. */
  hello(service: string, sender: string): void {
    const { table, act } = this.#parts;
    if (this.#start && [...table].some((job) => job.startPending)) throw new FluxError('EINVAL');
    this.#start = jobExec.start.at(service);
    this.#sender = sender;
    queueMicrotask(() => {
      for (const job of table) if (job.state === JobState.RUN) act(job);
    });
  }

  /** Asks for a job's start, once, when no prolog holds it back. */
  start(job: Job): void {
    if (!this.#start || job.startPending || job.perilogs > 0) return;
    job.startPending = true;
    const { id, userid, jobspec, reattach } = job;
    this.#parts.flux.sendUntagged(this.#start, { id, userid, jobspec, reattach });
    if (job.debug) this.#parts.events.post(job, 'debug.start-request');
  }

  /** A client is gone; if it was the service, jobs wait for another: those that are to end anyway wait for nobody. */
  disconnect(sender: string): void {
    if (!this.#start || this.#sender !== sender) return;
    for (const job of this.#parts.table) if (job.startPending && job.started) job.reattach = true;
    this.#lost(new FluxError('ENOSYS'));
  }

  response(message: Message): void {
    if (message.errnum !== 0) {
      this.#lost(message.error());
      return;
    }
    try {
      this.#handle(message);
    } catch (e) {
      if (!(e instanceof FluxError)) throw e;
      this.#parts.log.err(`start response: ${e.message}`);
    }
  }

  #handle(message: Message): void {
    const { id, type, data } = jobExec.start.readResponse(message);
    const job = this.#parts.table.get(id);
    if (!job) throw new FluxError('EINVAL', `id=${id} not active`);
    const { events, log } = this.#parts;
    switch (type) {
      case 'start':
        if (job.reattach && job.started) log.err(`start response: id=${id} should not get start event`);
        else events.post(job, 'start');
        break;
      case 'reattached':
        if (!job.started) events.post(job, 'start'); // an earlier job manager has not heard of it
        if (job.debug) events.post(job, 'debug.exec-reattach-finish');
        break;
      case 'exception': {
        const { severity, type: kind, note } = membersOf(told.exception, data);
        events.post(job, 'exception', { type: kind, severity, userid: USERID_SYSTEM, note });
        break;
      }
      case 'finish':
        events.post(job, 'finish', membersOf(told.finish, data));
        break;
      case 'release':
        this.#released(job, membersOf(told.release, data));
        break;
      default:
        throw new FluxError('EPROTO', `id=${id} unknown type ${type}`);
    }
  }

  #released(job: Job, { ranks, final }: t.infer<typeof told.release>): void {
    if (final) job.startPending = false;
    this.#parts.events.post(job, 'release', { ranks, final });
  }

  /** The service is gone: jobs wait for the next one. */
  #lost(error: FluxError): void {
    this.#start = undefined;
    const { table, events, log, act } = this.#parts;
    log.debug(`start: stop due to start response error: ${error.message}`);
    for (const job of [...table]) {
      if (!job.startPending) continue;
      job.startPending = false;
      if (job.debug) events.post(job, 'debug.start-lost', { note: 'start response error' });
      else act(job);
    }
  }
}
