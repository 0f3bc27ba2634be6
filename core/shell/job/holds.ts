import { within } from '../../sys/within';

/** How long requests on their way keep a shell's handle open at its end, in milliseconds. */
const HOLD_MS = 5000;

/** Requests that are to be finished however the shell ends: its handle stays open for them, for a while. */
export class Holds {
  readonly #held = new Set<Promise<void>>();

  add(promise: Promise<unknown>): void {
    const settled = promise.catch(() => {}).then(() => void this.#held.delete(settled));
    this.#held.add(settled);
  }

  /** Resolves when all is settled, or when it has taken too long. */
  async release(): Promise<void> {
    if (this.#held.size > 0) await within(HOLD_MS, Promise.all(this.#held));
  }
}
