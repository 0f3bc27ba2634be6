import type { ModuleContext } from 'flux';
import { applyDebug, unpack } from 'flux/internal';

/** Debug flags of sched-simple, set by flux-module(1) `debug`. */
export const DebugFlag = { failAlloc: 1, annotate: 2 } as const;

/** The module's debug flags; serves the method that changes them. */
export class DebugFlags {
  #flags = 0;

  constructor(m: ModuleContext) {
    m.serve('debug', (_, request) => {
      const { op, flags } = unpack(request, { op: 's', flags: 'i' });
      this.#flags = applyDebug(this.#flags, op, flags);
      return { flags: this.#flags };
    });
  }

  has(flag: number): boolean {
    return (this.#flags & flag) !== 0;
  }
}
