import { FluxError } from '../sys/errors';
import { isJsonObject, type JsonObject, Raw, Real } from './json';

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

/** Readers of an object's members that fail with the texts of the reference's JSON library: `Object item not found: x`, `Expected integer, got string`. */
export const member = {
  object: reader('object', (value) => (isJsonObject(value) ? value : undefined)),
  array: reader('array', (value) => (Array.isArray(value) ? (value as unknown[]) : undefined)),
  string: reader('string', (value) => (typeof value === 'string' ? value : undefined)),
  integer: reader('integer', jsonInteger),
  number: reader('real or integer', jsonNumber),
  any: reader('value', (value) => value),
};

/** The value as an object, or the library's error. @throws FluxError EINVAL `Expected object, got T` */
export function expectObject(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new FluxError('EINVAL', `Expected object, got ${jsonTypeName(value)}`);
  return value;
}

function reader<T>(expected: string, read: (value: unknown) => T | undefined): (object: JsonObject, key: string) => T {
  return (object, key) => {
    if (!Object.hasOwn(object, key)) throw new FluxError('EINVAL', `Object item not found: ${key}`);
    const value = read(object[key]);
    if (value === undefined) throw new FluxError('EINVAL', `Expected ${expected}, got ${jsonTypeName(object[key])}`);
    return value;
  };
}
