import { MAX_DELAY_MS, startTimer } from '../sys/delay';
import type { Undo } from './types/common';

/** Called with what a plugin's timers and deferred functions throw: `where` names the function, `e` is what was thrown. */
export type OnError = (where: string, e: unknown) => void;

/**
 * All that a plugin has that must go with it: host timers, registrations, deferred functions. What its functions throw, or reject with, goes to
 * `onError`.
 */
export class OwnedResources {
  readonly #abort = new AbortController();
  readonly #undos = new Set<() => void>();
  readonly #deferred: (() => void | Promise<void>)[] = [];
  readonly #onError: OnError;

  constructor(onError: OnError) {
    this.#onError = onError;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  every(ms: number, fn: () => void | Promise<void>): Undo {
    if (ms <= MAX_DELAY_MS) {
      const timer = setInterval(() => this.run('timer', fn), ms);
      return this.own(() => clearInterval(timer));
    }
    let stop = () => {};
    const next = () => {
      stop = startTimer(ms, () => {
        next();
        this.run('timer', fn);
      });
    };
    next();
    return this.own(() => stop());
  }

  after(ms: number, fn: () => void | Promise<void>): Undo {
    const stop = startTimer(ms, () => {
      undo();
      this.run('timer', fn);
    });
    const undo = this.own(stop);
    return undo;
  }

  defer(fn: () => void | Promise<void>): void {
    this.#deferred.push(fn);
  }

  /** Takes over `undo`, to be called once: by the plugin or at its end. */
  own(undo: () => void): Undo {
    const once = () => {
      if (this.#undos.delete(once)) undo();
    };
    this.#undos.add(once);
    return once;
  }

  /** Calls a function of the plugin; what it throws is reported, not thrown. */
  run(where: string, fn: () => void | Promise<void>): void {
    try {
      const result = fn();
      if (result instanceof Promise) result.catch((e) => this.#onError(where, e));
    } catch (e) {
      this.#onError(where, e);
    }
  }

  /** Ends everything: the signal, then deferred functions, the last first, each waited for, then what is registered. */
  async dispose(): Promise<void> {
    this.#abort.abort();
    for (let fn = this.#deferred.pop(); fn; fn = this.#deferred.pop()) {
      try {
        await fn();
      } catch (e) {
        this.#onError('defer', e);
      }
    }
    for (const undo of [...this.#undos]) undo();
  }
}
