import type { Row } from './row';

/** Measures one thing once: milliseconds. */
export type Measure = () => Promise<number>;

/**
 * Measures all things in turns, so that a change of the machine's speed meets all alike: a row each, with the median. The note has the minimum,
 * and the ratio of the minimum to that of `base`, which other work on the machine disturbs least.
 */
export async function inTurns(rounds: number, things: Readonly<Record<string, Measure>>, base: string): Promise<Row[]> {
  const times = new Map<string, number[]>(Object.keys(things).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(things)) times.get(name)!.push(await measure());
  }
  const primitive = Math.min(...times.get(base)!);
  return [...times].map(([what, list]) => {
    const least = Math.min(...list);
    return { what, value: median(list), unit: 'ms', note: `min ${least.toFixed(1)}, ${(least / primitive).toFixed(2)} × ${base}` };
  });
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

export function median(list: readonly number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1]!;
}
