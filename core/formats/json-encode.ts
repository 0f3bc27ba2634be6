import { FluxError } from '../sys/errors';
import { formatReal, Raw, Real } from './json-values';

/** Deepest nesting of a JSON text that is read or written: bounded so that recursion over a decoded value is safe. */
export const MAX_DEPTH = 512;

const INT64_LIMIT = 2 ** 63;
const UINT64_LIMIT = 1n << 64n;
const MIN_INT64 = -(1n << 63n);
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;
/** Characters that JSON.stringify, which is ten times as fast, writes otherwise: those whose escape has letters among its hex digits, and lone surrogates. */
const BEYOND_STRINGIFY = /[\u000b\u000e\u000f\u001a-\u001f\ud800-\udfff]/;

/**
 * JSON text of a value, compact: bigint as integer digits, Real with a fraction or exponent, Raw as it is, object members that are undefined
 * left out, `toJSON` honoured. A bigint from 2^63 to 2^64-1 is written as C writes an unsigned 64-bit id, as its signed counterpart (-1 for
 * 2^64-1).
 * @throws FluxError EINVAL for NaN, Infinity, functions, symbols, wider integers, nesting beyond MAX_DEPTH (cycles).
 */
export function encodeJson(value: unknown): string {
  return encodeValue(value, false, 0);
}

/** Like encodeJson, with the members of every object in UTF-8 byte order of their names: the form that is hashed (RFC 11). */
export function encodeSortedJson(value: unknown): string {
  return encodeValue(value, true, 0);
}

/** Text of a JSON string: escapes as the reference writes them (upper-case hex), everything else raw; a lone surrogate becomes U+FFFD. */
export function encodeString(text: string): string {
  if (!NEEDS_ESCAPE.test(text)) return `"${text}"`;
  if (!BEYOND_STRINGIFY.test(text)) return JSON.stringify(text);
  const escaped = text.replace(/["\\\u0000-\u001f]/g, escapeOf);
  return `"${escaped.replace(/[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]/g, (unit) => (unit.length === 2 ? unit : '\ufffd'))}"`;
}

/** Object keys in UTF-8 byte order. */
export function sortedKeys(object: object): string[] {
  const keys = Object.keys(object).sort();
  // UTF-16 order is UTF-8 order except where surrogate pairs meet U+E000..U+FFFF.
  return keys.some((key) => /[\ud800-\udfff]/.test(key)) ? keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))) : keys;
}

function encodeValue(value: unknown, sorted: boolean, depth: number): string {
  switch (typeof value) {
    case 'string':
      return encodeString(value);
    case 'number':
      return encodeNumber(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return encodeBigint(value);
    case 'object':
      return value === null ? 'null' : encodeObject(value, sorted, depth);
    default:
      throw new FluxError('EINVAL', `cannot encode ${typeof value} as JSON`);
  }
}

function encodeObject(value: object, sorted: boolean, depth: number): string {
  if (depth > MAX_DEPTH) throw new FluxError('EINVAL', 'JSON value is nested too deeply');
  if (value instanceof Raw) return value.text;
  if (value instanceof Real) {
    if (!Number.isFinite(value.value)) throw notFinite(value.value);
    return formatReal(value.value);
  }
  if (Array.isArray(value)) return encodeArray(value, sorted, depth);
  if ('toJSON' in value && typeof value.toJSON === 'function') return encodeValue(value.toJSON(), sorted, depth + 1);
  const members = value as Record<string, unknown>;
  let text = '';
  for (const key of sorted ? sortedKeys(members) : Object.keys(members)) {
    const member = members[key];
    if (member !== undefined) text += `${text ? ',' : ''}${encodeString(key)}:${encodeValue(member, sorted, depth + 1)}`;
  }
  return `{${text}}`;
}

function encodeArray(items: readonly unknown[], sorted: boolean, depth: number): string {
  let text = '';
  for (let i = 0; i < items.length; i++)
    text += `${i ? ',' : ''}${items[i] === undefined ? 'null' : encodeValue(items[i], sorted, depth + 1)}`;
  return `[${text}]`;
}

function encodeNumber(value: number): string {
  if (Number.isInteger(value)) {
    if (Number.isSafeInteger(value)) return String(value);
    return Math.abs(value) < INT64_LIMIT ? BigInt(value).toString() : formatReal(value);
  }
  if (!Number.isFinite(value)) throw notFinite(value);
  return formatReal(value);
}

function encodeBigint(value: bigint): string {
  if (value < MIN_INT64 || value >= UINT64_LIMIT) throw new FluxError('EINVAL', `integer ${value} exceeds 64 bits`);
  return BigInt.asIntN(64, value).toString();
}

function notFinite(value: number): FluxError {
  return new FluxError('EINVAL', `cannot encode ${value} as JSON`);
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function escapeOf(char: string): string {
  return escapes[char] ?? `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}
