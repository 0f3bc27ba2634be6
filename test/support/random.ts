/** Numbers from 0 to `below` - 1. */
export type Random = (below: number) => number;

/** A small random generator whose seed is printed, so that a failure can be repeated with SEED=…. */
export function seededRandom(seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)): Random {
  process.stderr.write(`seed ${seed}\n`);
  return randomFrom(seed);
}

/** The same numbers for the same seed. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
