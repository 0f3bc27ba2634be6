/**
 * Mutated and random inputs for decoders. A decoder yields a value that its encoder writes and reads again the same, or one of the contract's
 * errors, never another exception. SEED reproduces a run, FUZZ_SCALE makes it longer.
 */
const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
const scale = Number(process.env['FUZZ_SCALE'] ?? 1);
let state = seed >>> 0;

/** Feeds `count` inputs, three of four of them mutations of `seeds`, the others words over `alphabet`, to `check`. */
export function feed(count: number, seeds: readonly string[], alphabet: string, check: (input: string) => void): void {
  for (let i = 0; i < count * scale; i++) {
    const input = random(4) ? mutate(pick(seeds), alphabet) : generate(alphabet);
    attempt(JSON.stringify(input), () => check(input));
  }
}

/** As feed(), with bytes: mutations of `seeds`, cut ones, and random ones. */
export function feedBytes(count: number, seeds: readonly Buffer[], check: (input: Buffer) => void): void {
  for (let i = 0; i < count * scale; i++) {
    const input = mutateBytes(pick(seeds));
    attempt(input.toString('hex').slice(0, 400), () => check(input));
  }
}

/** The decoded value, or undefined after one of the errors allowed. */
export function decoded<T>(decode: () => T, ...errors: string[]): T | undefined {
  try {
    return decode();
  } catch (e) {
    if (e instanceof Error && e.name === 'FluxError' && errors.includes((e as Error & { code: string }).code)) return undefined;
    throw e;
  }
}

export function same(a: unknown, b: unknown): void {
  if (a !== b) throw new Error(`${String(a)} is not ${String(b)}`);
}

/** An integer from 0 to n - 1 (mulberry32). */
export function random(n: number): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}

export function pick<T>(items: readonly T[]): T {
  return items[random(items.length)]!;
}

/** A word of up to 23 characters. */
export function generate(alphabet: string): string {
  return Array.from({ length: random(24) }, () => pick([...alphabet])).join('');
}

function attempt(shown: string, check: () => void): void {
  try {
    check();
  } catch (e) {
    throw new Error(`input ${shown} (SEED=${seed}): ${e instanceof Error ? e.stack : e}`);
  }
}

function mutate(text: string, alphabet: string): string {
  let result = text;
  for (let n = random(4); n >= 0; n--) {
    const at = random(result.length + 1);
    const other = Math.min(result.length, at + random(6));
    const action = random(5);
    if (action === 0) result = result.slice(0, at) + result.slice(other);
    else if (action === 1) result = result.slice(0, at) + result.slice(at, other).repeat(2) + result.slice(other);
    else if (action === 2) result = result.slice(0, at) + pick([...alphabet]) + result.slice(at);
    else if (action === 3) result = result.slice(0, at) + pick([...alphabet]) + result.slice(at + 1);
    else result = result.slice(0, at) + String.fromCharCode(random(random(2) ? 128 : 65536)) + result.slice(at);
  }
  return result;
}

function mutateBytes(sample: Buffer): Buffer {
  const way = random(10);
  if (way === 0) return Buffer.from(Array.from({ length: random(64) }, () => random(256)));
  if (way < 3) return sample.subarray(0, random(sample.length + 1));
  const bytes = Buffer.from(sample);
  for (let n = 1 + random(4); n > 0 && bytes.length > 0; n--) bytes[random(bytes.length)] = random(256);
  return bytes;
}
