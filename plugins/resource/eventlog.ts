import { encodeEntry, type JsonObject, type Kvs, type Log } from 'flux';
import { wallSeconds } from 'flux/internal';

export const EVENTLOG_KEY = 'resource.eventlog';

interface Pending {
  name: string;
  text: string;
  resolve: () => void;
  reject: (e: unknown) => void;
}

/** Writes resource.eventlog. What is posted while a commit is in flight goes together into the next one. */
export class ResourceEventlog {
  readonly #kvs: Kvs;
  readonly #log: Log;
  readonly #committed: (name: string) => void;
  #pending: Pending[] = [];
  #writing: Promise<void> | undefined;

  /** `committed` hears of each event once it is in the KVS, before post() resolves. */
  constructor(kvs: Kvs, log: Log, committed: (name: string) => void) {
    this.#kvs = kvs;
    this.#log = log;
    this.#committed = committed;
  }

  /** Resolves when the event is committed. */
  post(name: string, context: JsonObject, timestamp = wallSeconds()): Promise<void> {
    const text = `${encodeEntry({ timestamp, name, context })}\n`;
    const posted = new Promise<void>((resolve, reject) => this.#pending.push({ name, text, resolve, reject }));
    this.#writing ??= this.#write();
    return posted;
  }

  async #write(): Promise<void> {
    await null; // what is posted in this turn belongs together
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        await this.#kvs.append(EVENTLOG_KEY, batch.map(({ text }) => text).join(''));
        for (const { name } of batch) {
          this.#log.debug(`reslog_cb: ${name} event posted`);
          this.#committed(name);
        }
        for (const { resolve } of batch) resolve();
      } catch (e) {
        for (const { reject } of batch) reject(e);
      }
    }
    this.#writing = undefined;
  }
}
