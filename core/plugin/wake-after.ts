import { MAX_DELAY_MS } from '../sys/delay';
import type { Owned, Undo } from './types-common';

/** As owner.after(), for any delay: timers of Node end at 24 days. `ms` below 0 is 0. */
export function wakeAfter(owner: Pick<Owned, 'after'>, ms: number, fn: () => void | Promise<void>): Undo {
  let undo: Undo;
  const wait = (left: number) => {
    const now = Math.min(Math.max(left, 0), MAX_DELAY_MS);
    undo = owner.after(now, () => (left > now ? wait(left - now) : fn()));
  };
  wait(ms);
  return () => undo();
}
