import { parseFsd } from '../formats/fsd';
import { decodeJson, isJsonObject, type JsonValue, Raw, Real } from '../formats/json';
import { type Absent, type ParseContext, Schema } from './schema';

/** A schema's default, which its member may be left out for. */
export interface Defaults<T> {
  default?: T;
}
/** undefined, for what a sender gives, if the options have a default. */
export type Omittable<O> = O extends { readonly default: NonNullable<unknown> } ? undefined : never;

export interface NumberOptions extends Defaults<number> {
  min?: number;
  max?: number;
}
export interface StringOptions extends Defaults<string> {
  /** Shortest length in characters. */
  minLength?: number;
  /** The whole string must match. */
  pattern?: RegExp;
}

export class NumberSchema<In> extends Schema<number, false, In> {
  readonly expects: string;
  readonly json: string;
  readonly absent: Absent<number>;
  readonly #integer: boolean;
  readonly #options: NumberOptions;

  constructor(kind: 'integer' | 'number', options: NumberOptions) {
    super();
    this.#integer = kind === 'integer';
    this.#options = options;
    this.expects = kind + rangeOf(options);
    this.json = this.#integer ? 'integer' : 'real or integer';
    this.absent = defaultOf(options);
  }

  override get form() {
    return this.#integer ? 'integer' : 'number';
  }

  check(value: unknown, context: ParseContext): number {
    const n = context.coerce && typeof value === 'string' && value.trim() !== '' ? Number(value) : plainNumber(value);
    const { min, max } = this.#options;
    if (n === undefined || !this.#isKind(n, value, context) || (min !== undefined && n < min) || (max !== undefined && n > max))
      throw this.mismatch(value, context);
    return n;
  }

  /** For people 2.0 is an integer, and one that JavaScript can't hold is none; on the wire it is the other way round. */
  #isKind(n: number, value: unknown, { dialect }: ParseContext): boolean {
    if (!this.#integer) return Number.isFinite(n);
    return dialect.strict ? typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(n)) : Number.isSafeInteger(n);
  }
}

/** An unsigned integer of 64 bits. C clients send those from 2^63 up as negative numbers. */
export class IdSchema extends Schema<bigint, false, bigint | number> {
  readonly expects = 'integer of 64 bits';
  readonly json = 'integer';
  readonly absent: Absent<bigint> = undefined;

  override get form() {
    return 'id';
  }

  check(value: unknown, context: ParseContext): bigint {
    if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return BigInt.asUintN(64, BigInt(value));
    throw this.mismatch(value, context);
  }
}

export class StringSchema<In> extends Schema<string, false, In> {
  readonly expects: string;
  readonly json = 'string';
  readonly absent: Absent<string>;
  readonly #options: StringOptions;

  constructor(options: StringOptions) {
    super();
    const { minLength, pattern } = options;
    this.#options = options;
    this.expects = pattern ? `string matching ${pattern}` : minLength ? `string of ${minLength} or more characters` : 'string';
    this.absent = defaultOf(options);
  }

  check(value: unknown, context: ParseContext): string {
    const { minLength = 0, pattern } = this.#options;
    if (typeof value !== 'string' || value.length < minLength || (pattern && pattern.exec(value)?.[0] !== value))
      throw this.mismatch(value, context);
    return value;
  }
}

export class BooleanSchema<In> extends Schema<boolean, false, In> {
  readonly expects = 'boolean';
  readonly json = 'true or false';
  readonly absent: Absent<boolean>;

  constructor(options: Defaults<boolean>) {
    super();
    this.absent = defaultOf(options);
  }

  override get form() {
    return 'boolean';
  }

  check(value: unknown, context: ParseContext): boolean {
    if (typeof value === 'boolean') return value;
    if (context.coerce && (value === 'true' || value === '1')) return true;
    if (context.coerce && (value === 'false' || value === '0')) return false;
    throw this.mismatch(value, context);
  }
}

export class DurationSchema<In> extends Schema<number, false, In> {
  readonly expects = 'duration (seconds, or a string such as "30s" or "1.5h")';
  readonly json = 'string';
  readonly absent: Absent<number>;

  constructor(fallback: number | string | undefined) {
    super();
    this.absent = fallback === undefined ? undefined : { value: secondsOf(fallback)! };
  }

  check(value: unknown, context: ParseContext): number {
    const seconds = secondsOf(value);
    if (seconds === undefined || Number.isNaN(seconds) || seconds < 0) throw this.mismatch(value, context);
    return seconds;
  }
}

export class OneOfSchema<V extends string | number | boolean, In> extends Schema<V, false, In> {
  readonly expects: string;
  readonly json: string;
  readonly absent: Absent<V>;
  readonly #values: readonly V[];

  constructor(values: readonly V[], options: Defaults<V>) {
    super();
    this.#values = values;
    this.expects = `one of ${values.map((v) => JSON.stringify(v)).join(', ')}`;
    this.json = typeof values[0];
    this.absent = defaultOf(options);
  }

  override get form() {
    return this.#values.map((v) => JSON.stringify(v)).join(' | ');
  }

  check(value: unknown, context: ParseContext): V {
    const found = this.#values.find((v) => v === value || (context.coerce && String(v) === value));
    if (found === undefined) throw this.mismatch(value, context);
    return found;
  }
}

export class AnySchema extends Schema<unknown, false, NonNullable<unknown> | null> {
  readonly expects = 'any value';
  readonly json = 'value';
  readonly absent: Absent<unknown> = undefined;

  override get form() {
    return 'any';
  }

  check(value: unknown, { opaque }: ParseContext): unknown {
    return opaque(value);
  }
}

/** Any JSON value, or any object, as it was sent: reals as Real, so that encoding it again loses nothing. */
export class ExactSchema<T extends JsonValue> extends Schema<T, false, object | JsonValue> {
  readonly expects: string;
  readonly json: string;
  readonly absent: Absent<T> = undefined;
  readonly #object: boolean;

  constructor(kind: 'value' | 'object') {
    super();
    this.#object = kind === 'object';
    this.expects = this.#object ? 'object' : 'any value';
    this.json = kind;
  }

  override get form() {
    return this.#object ? 'object' : 'any';
  }

  check(value: unknown, context: ParseContext): T {
    const exact = unwrapped(value);
    if (this.#object && !isJsonObject(exact)) throw this.mismatch(value, context);
    return exact as T;
  }
}

/** Text of JSON that is encoded already, as the value that it is. */
export function unwrapped(value: unknown): unknown {
  return value instanceof Raw ? decodeJson(value.text, { reals: true }) : value;
}

export function defaultOf<T>(options: Defaults<T>): Absent<T> {
  return options.default === undefined ? undefined : { value: options.default };
}

function rangeOf({ min, max }: NumberOptions): string {
  if (min !== undefined) return max !== undefined ? ` ${min} to ${max}` : ` >= ${min}`;
  return max !== undefined ? ` <= ${max}` : '';
}

/** Numbers come as number, as bigint beyond 2^53, or wrapped where a real keeps its fraction (core/formats/json). */
function plainNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object' && value instanceof Real) return value.valueOf();
  return undefined;
}

function secondsOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return plainNumber(value);
  try {
    return parseFsd(value);
  } catch {
    return undefined;
  }
}
