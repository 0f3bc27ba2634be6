import { type JsonObject, Real } from '../formats/json';
import type { Message } from '../message';
import { FluxError } from '../sys/errors';

/**
 * Types of a payload's keys, as the contract writes them: `s` string, `i` integer, `I` integer of 64 bits (bigint), `f` number, `b` boolean, `o` object, `a` array,
 * `*` anything; a final `?` makes the key optional (absent, never null).
 */
export type KeyType = 's' | 'i' | 'I' | 'f' | 'b' | 'o' | 'a' | '*' | 's?' | 'i?' | 'I?' | 'f?' | 'b?' | 'o?' | 'a?' | '*?';

interface Values {
  s: string;
  i: number;
  I: bigint;
  f: number;
  b: boolean;
  o: JsonObject;
  a: unknown[];
  '*': unknown;
}
type ValueOf<K> = K extends `${infer T}?`
  ? T extends keyof Values
    ? Values[T] | undefined
    : never
  : K extends keyof Values
    ? Values[K]
    : never;
export type Unpacked<S extends Record<string, KeyType>> = { -readonly [K in keyof S]: ValueOf<S[K]> };

/**
 * The keys of a JSON payload, checked as the C services check them: a missing key, a wrong type, a real for an integer, or no payload is EPROTO
 * without text (docs/protocol/wire.md §2). Other keys are ignored. Opaque members (`o`, `a`, `*`) come as receivers see them (plain numbers);
 * use message.payload.exactJson() where a re-encoding must lose nothing.
 */
export function unpack<const S extends Record<string, KeyType>>(source: { message: Message } | Message, spec: S): Unpacked<S> {
  const message = 'message' in source ? source.message : source;
  if (!message.payload) throw new FluxError('EPROTO');
  return checkedKeys(message.payload.strictJson(), message.json(), spec);
}

/** Types are checked on `strict`; opaque members are taken from `plain`. */
function checkedKeys<const S extends Record<string, KeyType>>(strict: JsonObject, plain: JsonObject, spec: S): Unpacked<S> {
  const out: Record<string, unknown> = {};
  for (const key in spec) {
    const type = spec[key]!;
    const value = strict[key];
    if (value === undefined) {
      if (type.endsWith('?')) continue;
      throw new FluxError('EPROTO');
    }
    const kind = type[0] as keyof Values;
    if (!checks[kind](value)) throw new FluxError('EPROTO');
    out[key] = kind === 'I' ? BigInt(value as number | bigint) : kind === 'f' || kind === 'i' ? Number(value) : plain[key];
  }
  return out as Unpacked<S>;
}

const isInteger = (v: unknown) => (typeof v === 'number' && Number.isInteger(v)) || typeof v === 'bigint';

const checks: Record<keyof Values, (v: unknown) => boolean> = {
  s: (v) => typeof v === 'string',
  i: isInteger,
  I: isInteger,
  f: (v) => typeof v === 'number' || typeof v === 'bigint' || v instanceof Real,
  b: (v) => typeof v === 'boolean',
  o: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
  a: (v) => Array.isArray(v),
  '*': () => true,
};
