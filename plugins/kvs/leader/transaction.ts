import { normalizeKey } from 'flux/internal';

/** Flag of a commit: it is never merged with others. */
export const NO_MERGE = 1;

/** Operations that go into the tree as one. */
export interface Transaction {
  /** Names of the commit or fence, or of all that were merged. */
  names: readonly string[];
  flags: number;
  /** As they came: each is checked when it is applied. */
  ops: readonly unknown[];
}

/** Takes the first transaction from the queue, with those right behind it that can be merged with it (docs/protocol/kvs.md §3.4). */
export function takeBatch(queue: Transaction[], merge: boolean): Transaction[] {
  const [first] = queue;
  if (!first) return [];
  let count = 1;
  if (merge && !(first.flags & NO_MERGE)) while (queue[count]?.flags === first.flags) count++;
  return queue.splice(0, count);
}

/** Keys that valid operations mention, normalised, each once: `keys` of the setroot event. */
export function mentionedKeys(ops: readonly unknown[]): Record<string, null> {
  const keys = new Set((ops as readonly { key: string }[]).map(({ key }) => normalizeKey(key)));
  return Object.fromEntries([...keys].map((key) => [key, null]));
}
