import { jsonTypeName } from '../formats/json-types';
import { nearest } from './nearest';

/** Where a value is. */
interface Place {
  readonly name: string | undefined;
  readonly path: readonly (string | number)[];
}
/** What was expected there: for people, and as a JSON type. */
interface Expected {
  readonly expects: string;
  readonly json: string;
}

/** How errors of a schema are put into words. */
export interface Dialect {
  /** Integers and reals are types of their own, as on the wire: `2.0` is no integer. */
  readonly strict: boolean;
  missing(place: Place): string;
  mismatch(expected: Expected, value: unknown, place: Place): string;
  /** Members that an object must not have. */
  surplus(keys: readonly string[], known: readonly string[], place: Place): string;
}

/** `people`: for sites' configuration and arguments. `jansson`: the texts of the reference's JSON library, which docs/protocol pins for its own. */
export type DialectName = 'people' | 'jansson';

export const dialects: Readonly<Record<DialectName, Dialect>> = {
  people: {
    strict: false,
    missing: (place) => says(place, 'is required'),
    mismatch: ({ expects }, value, place) => says(place, `expected ${expects}, got ${shown(value)}`),
    surplus: ([key = ''], known, { name, path }) => {
      const hint = nearest(key, known);
      return says({ name, path: [...path, key] }, hint === undefined ? 'unknown key' : `unknown key; did you mean ${hint}?`);
    },
  },
  jansson: {
    strict: true,
    missing: ({ name, path }) => prefixed(name, `Object item not found: ${path.at(-1)}`),
    mismatch: ({ json }, value, { name }) => prefixed(name, `Expected ${json}, got ${jsonTypeName(value)}`),
    surplus: (keys, _known, { name }) => prefixed(name, `${keys.length} object item(s) left unpacked: ${keys.join(', ')}`),
  },
};

function says({ name, path }: Place, text: string): string {
  const where = path.reduce<string>((at, key) => (typeof key === 'number' ? `${at}[${key}]` : at ? `${at}.${key}` : key), '');
  return [name, where, text].filter(Boolean).join(': ');
}

function prefixed(name: string | undefined, text: string): string {
  return name === undefined ? text : `${name}: ${text}`;
}

const SHOWN_LENGTH = 60;

/** A value as an error text shows it: JSON, cut when long. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  const text = JSON.stringify(value, (_key, member) => (typeof member === 'bigint' ? member.toString() : member)) ?? String(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
