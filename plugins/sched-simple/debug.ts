import { applyDebug } from 'flux/internal';

/** Debug flags of sched-simple, set by flux-module(1) `debug`. */
export const DebugFlag = { failAlloc: 1, annotate: 2 } as const;

/** The module's debug flags. */
export class DebugFlags {
  #flags = 0;

  /** Changes them as flux-module(1) `debug` says, and gives what they are then. */
  apply(op: string, flags: number): number {
    this.#flags = applyDebug(this.#flags, op, flags);
    return this.#flags;
  }

  has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }
}
