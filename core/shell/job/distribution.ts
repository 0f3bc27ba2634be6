import { FluxError } from '../../sys/errors';

/**
 * Numbers of tasks per shell when `ntasks` tasks of `coresPerSlot` cores each are spread over shells with these numbers of cores
 * (docs/protocol/shell.md §3): the shells take turns, those with more cores first. `coresPerSlot` of 0 or less: as many as there are for each task.
 * @throws FluxError EINVAL if they don't fit
 */
export function distributeTasks(cores: readonly number[], ntasks: number, coresPerSlot: number): number[] {
  const perSlot = coresPerSlot > 0 ? coresPerSlot : Math.floor(sum(cores) / ntasks);
  if (!(perSlot > 0)) throw new FluxError('EINVAL');
  const counts = cores.map(() => 0);
  const queue = cores.map((free, shell) => ({ shell, free }));
  combSort(queue);
  const least = Math.min(perSlot, queue.at(-1)?.free ?? 0);
  for (let task = 0; task < ntasks; ) {
    const first = queue.shift();
    if (!first) throw new FluxError('EINVAL');
    if (first.free < least || first.free === 0) continue;
    counts[first.shell]!++;
    first.free -= least;
    queue.push(first);
    task++;
  }
  return counts;
}

/** How many tasks each shell gets by the option `per-resource`: `count` for each node or core; undefined for another type. */
export function tasksPerResource(cores: readonly number[], type: string, count: number): number[] | undefined {
  if (type === 'node') return cores.map(() => count);
  if (type === 'core') return cores.map((n) => n * count);
  return undefined;
}

// Which of several equal shells comes first depends on the algorithm: this one decides where tasks run (docs/protocol/shell.md §3).
function combSort(queue: { free: number }[]): void {
  let gap = queue.length;
  let swapped = true;
  while (gap > 1 || swapped) {
    if (gap > 1) gap = Math.floor(gap / 1.3);
    swapped = false;
    for (let i = 0; i + gap < queue.length; i++) {
      const [front, back] = [queue[i]!, queue[i + gap]!];
      if (front.free >= back.free) continue;
      queue[i] = back;
      queue[i + gap] = front;
      swapped = true;
    }
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
