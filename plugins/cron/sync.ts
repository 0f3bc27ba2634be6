import { real } from 'flux';

export const DEFAULT_EPSILON = 0.015;

/** Holds tasks back until the next sync event, unless one has just released some (flux-cron(1), "sync"). */
export class Sync {
  /** Topic; undefined: tasks run at once. */
  #topic: string | undefined;
  /** Seconds after a sync event in which tasks still run at once. */
  epsilon = DEFAULT_EPSILON;
  /** When the last event came that released tasks, in milliseconds of the monotonic clock. */
  #released = Number.NEGATIVE_INFINITY;
  #deferred: (() => void)[] = [];

  get topic(): string | undefined {
    return this.#topic;
  }

  /** Follows another event, or none; what waited for the old one runs now. */
  set topic(topic: string | undefined) {
    if (topic === this.#topic) return;
    this.#topic = topic;
    this.#release();
  }

  /** Runs `start` now or at the next sync event; true if it has to wait. */
  admit(start: () => void): boolean {
    if (this.#topic === undefined || performance.now() - this.#released <= this.epsilon * 1000) {
      start();
      return false;
    }
    this.#deferred.push(start);
    return true;
  }

  onEvent(topic: string): void {
    if (topic !== this.#topic || this.#deferred.length === 0) return;
    this.#released = performance.now();
    this.#release();
  }

  toJSON() {
    return this.#topic === undefined ? { sync_disabled: true as const } : { sync_event: this.#topic, sync_epsilon: real(this.epsilon) };
  }

  #release(): void {
    for (const start of this.#deferred.splice(0)) start();
  }
}
