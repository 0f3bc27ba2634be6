import { Raw, Real } from './json';

/** Name of a decoded value's JSON type, integers and reals apart (a Real is a real; a plain number is one if it has a fraction). */
export function jsonTypeName(value: unknown): string {
  if (value === null) return 'null';
  if (value === true) return 'true';
  if (value === false) return 'false';
  if (value instanceof Real) return 'real';
  if (value instanceof Raw || Array.isArray(value)) return Array.isArray(value) ? 'array' : 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'real';
  if (typeof value === 'bigint') return 'integer';
  return typeof value === 'string' ? 'string' : 'object';
}

/** Integer value of a JSON integer; undefined for anything else, reals included. */
export function jsonInteger(value: unknown): number | undefined {
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined;
}

/** Value of a JSON integer or real. */
export function jsonNumber(value: unknown): number | undefined {
  if (value instanceof Real) return value.value;
  return typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : undefined;
}

/** Whether objects and arrays are nested in a decoded value to more than so many levels, the value's own not counted. */
export function isNestedBeyond(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels < 0 || Object.values(value).some((member) => isNestedBeyond(levels - 1, member));
}
