import { FluxError, isJsonObject, type JsonObject, type Request, real } from 'flux';
import type { Job, JobEvent } from './job';

const DEFAULT_HISTORY = 1000;

interface Record {
  id: bigint;
  eventlog_seq: number;
  entry: { timestamp: ReturnType<typeof real>; name: string; context?: JsonObject };
}

interface Listener {
  request: Request;
  wants(name: string): boolean;
}

/** All events of all jobs, as they are posted, for those who ask (`job-manager.events-journal`, docs/protocol/job-manager.md §10). */
export class Journal {
  readonly #maxHistory: number;
  #history: Record[] = [];
  readonly #listeners = new Set<Listener>();

  /** `maxHistory`: how many past events a new listener gets to see. */
  constructor(maxHistory = DEFAULT_HISTORY) {
    this.#maxHistory = Math.max(0, maxHistory);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** `seq`: index in the job's eventlog, -1 for an event that is not written there. */
  publish(job: Job, seq: number, { timestamp, name, context }: JobEvent): void {
    const record: Record = { id: job.id, eventlog_seq: seq, entry: { timestamp: real(timestamp), name, ...(context ? { context } : {}) } };
    this.#remember(record);
    for (const { request, wants } of this.#listeners) if (wants(name)) request.respond({ events: [record] });
  }

  /** Takes a streaming request: answers with the matching history, then with each event. */
  listen({ allow, deny }: { allow?: unknown; deny?: unknown }, request: Request): void {
    if (allow !== undefined && !isJsonObject(allow)) throw new FluxError('EPROTO', 'job-manager.events allow should be an object');
    if (deny !== undefined && !isJsonObject(deny)) throw new FluxError('EPROTO', 'job-manager.events deny should be an object');
    const wants = (name: string) =>
      (allow === undefined || Object.hasOwn(allow, name)) && !(deny !== undefined && Object.hasOwn(deny, name));
    const past = lastOf(this.#history, this.#maxHistory).filter((record) => wants(record.entry.name));
    if (past.length > 0) request.respond({ events: past });
    this.#listeners.add({ request, wants });
  }

  /** Ends a listener's stream with ENODATA. */
  cancel(sender: string, matchtag: number): void {
    for (const listener of this.#listeners) {
      if (listener.request.sender !== sender || listener.request.matchtag !== matchtag) continue;
      this.#listeners.delete(listener);
      listener.request.respondError(new FluxError('ENODATA'));
    }
  }

  /** Forgets the listeners of a client that is gone. */
  disconnect(sender: string): void {
    for (const listener of this.#listeners) if (listener.request.sender === sender) this.#listeners.delete(listener);
  }

  /** Ends all streams: the manager is unloaded. */
  end(): void {
    for (const { request } of this.#listeners) request.respondError(new FluxError('ENODATA'));
    this.#listeners.clear();
  }

  #remember(record: Record): void {
    this.#history.push(record);
    if (this.#history.length > 2 * this.#maxHistory + 16) this.#history = lastOf(this.#history, this.#maxHistory);
  }
}

const lastOf = <T>(items: T[], count: number): T[] => items.slice(Math.max(0, items.length - count));
