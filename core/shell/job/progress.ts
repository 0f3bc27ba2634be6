import type { Flux } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { ShellJob, ShellPlace } from '../stack/shell-parts';

/** The states of a shell's life that others may ask for, in the order in which it reaches them. */
export interface Reached {
  /** The handle is open. */
  flux: Flux;
  /** The jobspec is read. */
  job: ShellJob;
  /** R is read: the shell has a rank, and tasks to run. */
  place: ShellPlace & { readonly rank: number };
  /** The broker routes requests to the shell. */
  service: { remove(): Promise<void> };
  /** The initrc has run: signals that the process gets are the plugins'. */
  signal: (signum: number) => void;
}

/**
 * How far a shell has come, for what is there from its start to its end and may be asked at any time: views of plugins, signals, the end. What goes
 * step by step needs none of it: each step is given the state that the one before has made.
 */
export class Progress {
  readonly #reached: Partial<Reached> = {};

  reach<K extends keyof Reached>(name: K, state: Reached[K]): void {
    this.#reached[name] = state as Partial<Reached>[K];
  }

  find<K extends keyof Reached>(name: K): Reached[K] | undefined {
    return this.#reached[name];
  }

  /** @throws FluxError EINVAL if it has not come so far */
  get<K extends keyof Reached>(name: K): Reached[K] {
    const state = this.find(name);
    if (state === undefined) throw new FluxError('EINVAL');
    return state;
  }
}
