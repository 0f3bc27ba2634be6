import type { Owned, Undo } from './types-common';

/** As owner.after(): `ms` below 0 is 0. */
export function wakeAfter(owner: Pick<Owned, 'after'>, ms: number, fn: () => void | Promise<void>): Undo {
  return owner.after(Math.max(ms, 0), fn);
}
