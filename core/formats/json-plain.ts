import { decodeJson } from './json';
import { Raw, Real, setMember } from './json-values';

/** A value that may hold Real, Raw and bigint (as a sender gives it, or as it was decoded with reals) as receivers see it: plain numbers, small integers never bigint. */
export function plainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Real) return value.valueOf();
  if (value instanceof Raw) return decodeJson(value.text);
  if (Array.isArray(value)) return value.map(plainJson);
  const plain: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) if (member !== undefined) setMember(plain, key, plainJson(member));
  return plain;
}
