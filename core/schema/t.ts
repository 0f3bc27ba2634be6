import { parseFsd } from '../formats/fsd';
import { Real } from '../formats/json';
import { nearest } from './nearest';
import { type Absent, type Infer, inside, type ParseContext, problem, Schema } from './schema';

/**
 * The vocabulary of schemas, used as `t`: `t.object({ max: t.int({ min: 1, default: 10 }) })`. `t.infer<typeof schema>` is the type it
 * describes. A member with a default may be left out and is always present in the result; an optional one may be undefined there.
 */
export type { Infer as infer } from './schema';

export interface Defaults<T> {
  default?: T;
}
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

/** A JSON integer within JavaScript's safe range (2.0 counts: it is integral). */
export function int(options: NumberOptions = {}): Schema<number, false> {
  return new NumberSchema('integer', Number.isSafeInteger, options);
}

/** A finite JSON number. */
export function number(options: NumberOptions = {}): Schema<number, false> {
  return new NumberSchema('number', Number.isFinite, options);
}

/** A string. */
export function string(options: StringOptions = {}): Schema<string, false> {
  return new StringSchema(options);
}

/** true or false; coerced from `true`, `false`, `1`, `0`, and from an argument without a value. */
export function boolean(options: Defaults<boolean> = {}): Schema<boolean, false> {
  return new BooleanSchema(options);
}

/** A time span: a number of seconds or a Flux Standard Duration (`"1.5m"`, `"30s"`, `"2h"`; RFC 23). The result is in seconds. */
export function duration(options: { default?: number | string } = {}): Schema<number, false> {
  return new DurationSchema(options.default);
}

/** One of these strings, numbers or booleans. */
export function oneOf<const V extends readonly (string | number | boolean)[]>(
  values: V,
  options: Defaults<V[number]> = {},
): Schema<V[number], false> {
  return new OneOfSchema(values, options);
}

/** An array whose elements are all alike; coerced from `a,b,c`. */
export function array<E>(element: Schema<E>, options: Defaults<E[]> & { minLength?: number } = {}): Schema<E[], false> {
  return new ArraySchema(element, options.minLength ?? 0, options);
}

/** An object with any keys, whose values are all alike. */
export function record<V>(value: Schema<V>, options: Defaults<Record<string, V>> = {}): Schema<Record<string, V>, false> {
  return new RecordSchema(value, options);
}

/** The same value, or nothing: the key may be left out. */
export function optional<T>(schema: Schema<T>): Schema<T | undefined, true> {
  return new OptionalSchema(schema);
}

/** Any JSON value but a missing one, as it is. */
export function any(): Schema<unknown, false> {
  return new AnySchema();
}

/** The first of the alternatives that accepts the value. */
export function union<const S extends readonly Schema<unknown>[]>(...alternatives: S): Schema<Infer<S[number]>, false> {
  return new UnionSchema(alternatives) as Schema<Infer<S[number]>, false>;
}

/** The members of an object schema. */
export type Shape = Record<string, Schema<unknown>>;

type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K] extends Schema<unknown, true> ? K : never }[keyof S];
type Flatten<T> = { [K in keyof T]: T[K] };

/** The type of an object with members S. */
export type InferShape<S extends Shape> = Flatten<
  { [K in Exclude<keyof S, OptionalKeys<S>>]: Infer<S[K]> } & { [K in OptionalKeys<S>]?: Infer<S[K]> }
>;

/**
 * An object with these members. Other keys are errors that name the nearest known one, unless `unknown` says to ignore (drop) or keep
 * them. Where every member may be left out, so may the object.
 */
export function object<S extends Shape>(shape: S, options: { unknown?: 'reject' | 'ignore' | 'keep' } = {}): ObjectSchema<S> {
  return new ObjectSchema(shape, options.unknown ?? 'reject');
}

export class ObjectSchema<S extends Shape> extends Schema<InferShape<S>, false> {
  readonly expects = 'object';
  readonly absent: Absent<InferShape<S>>;

  constructor(
    readonly shape: S,
    readonly unknownKeys: 'reject' | 'ignore' | 'keep',
  ) {
    super();
    const mayBeEmpty = Object.values(shape).every((member) => member.absent);
    this.absent = mayBeEmpty ? { value: this.check({}, { coerce: false, name: undefined, path: [] }) } : undefined;
  }

  check(value: unknown, context: ParseContext): InferShape<S> {
    if (!isPlainObject(value)) throw this.mismatch(value, context);
    const result: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(this.shape)) {
      const read = member.read(own(value, key), inside(context, key));
      if (read !== undefined) result[key] = read;
    }
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(this.shape, key)) continue;
      if (this.unknownKeys === 'reject') throw this.#unknownKey(key, context);
      if (this.unknownKeys === 'keep') result[key] = value[key];
    }
    return result as InferShape<S>;
  }

  #unknownKey(key: string, context: ParseContext) {
    const hint = nearest(key, Object.keys(this.shape));
    return problem(inside(context, key), hint === undefined ? 'unknown key' : `unknown key; did you mean ${hint}?`);
  }
}

class NumberSchema extends Schema<number, false> {
  readonly expects: string;
  readonly absent: Absent<number>;

  constructor(
    kind: 'integer' | 'number',
    private readonly isKind: (n: number) => boolean,
    private readonly options: NumberOptions,
  ) {
    super();
    const { min, max } = options;
    const range =
      min !== undefined && max !== undefined
        ? ` ${min} to ${max}`
        : min !== undefined
          ? ` >= ${min}`
          : max !== undefined
            ? ` <= ${max}`
            : '';
    this.expects = kind + range;
    this.absent = defaultOf(options);
  }

  check(value: unknown, context: ParseContext): number {
    const n = context.coerce && typeof value === 'string' && value.trim() !== '' ? Number(value) : plainNumber(value);
    const { min, max } = this.options;
    if (n === undefined || !this.isKind(n) || (min !== undefined && n < min) || (max !== undefined && n > max))
      throw this.mismatch(value, context);
    return n;
  }
}

class StringSchema extends Schema<string, false> {
  readonly expects: string;
  readonly absent: Absent<string>;

  constructor(private readonly options: StringOptions) {
    super();
    const { minLength, pattern } = options;
    this.expects = pattern ? `string matching ${pattern}` : minLength ? `string of ${minLength} or more characters` : 'string';
    this.absent = defaultOf(options);
  }

  check(value: unknown, context: ParseContext): string {
    const { minLength = 0, pattern } = this.options;
    if (typeof value !== 'string' || value.length < minLength || (pattern && pattern.exec(value)?.[0] !== value))
      throw this.mismatch(value, context);
    return value;
  }
}

class BooleanSchema extends Schema<boolean, false> {
  readonly expects = 'boolean';
  readonly absent: Absent<boolean>;

  constructor(options: Defaults<boolean>) {
    super();
    this.absent = defaultOf(options);
  }

  check(value: unknown, context: ParseContext): boolean {
    if (typeof value === 'boolean') return value;
    if (context.coerce && (value === 'true' || value === '1')) return true;
    if (context.coerce && (value === 'false' || value === '0')) return false;
    throw this.mismatch(value, context);
  }
}

class DurationSchema extends Schema<number, false> {
  readonly expects = 'duration (seconds, or a string such as "30s" or "1.5h")';
  readonly absent: Absent<number>;

  constructor(fallback: number | string | undefined) {
    super();
    this.absent =
      fallback === undefined ? undefined : { value: this.check(fallback, { coerce: false, name: undefined, path: ['default'] }) };
  }

  check(value: unknown, context: ParseContext): number {
    const seconds = typeof value === 'string' ? tryFsd(value) : plainNumber(value);
    if (seconds === undefined || Number.isNaN(seconds) || seconds < 0) throw this.mismatch(value, context);
    return seconds;
  }
}

class OneOfSchema<V extends string | number | boolean> extends Schema<V, false> {
  readonly expects: string;
  readonly absent: Absent<V>;

  constructor(
    private readonly values: readonly V[],
    options: Defaults<V>,
  ) {
    super();
    this.expects = `one of ${values.map((v) => JSON.stringify(v)).join(', ')}`;
    this.absent = defaultOf(options);
  }

  check(value: unknown, context: ParseContext): V {
    const found = this.values.find((v) => v === value || (context.coerce && String(v) === value));
    if (found === undefined) throw this.mismatch(value, context);
    return found;
  }
}

class ArraySchema<E> extends Schema<E[], false> {
  readonly expects: string;
  readonly absent: Absent<E[]>;

  constructor(
    private readonly element: Schema<E>,
    private readonly minLength: number,
    options: Defaults<E[]>,
  ) {
    super();
    this.expects = minLength > 0 ? `array of ${minLength} or more of ${element.expects}` : `array of ${element.expects}`;
    this.absent = defaultOf(options);
  }

  check(value: unknown, context: ParseContext): E[] {
    const list = context.coerce && typeof value === 'string' ? (value === '' ? [] : value.split(',')) : value;
    if (!Array.isArray(list) || list.length < this.minLength) throw this.mismatch(value, context);
    return list.map((element, i) => this.element.read(element, inside(context, i)));
  }
}

class RecordSchema<V> extends Schema<Record<string, V>, false> {
  readonly expects = 'object';
  readonly absent: Absent<Record<string, V>>;

  constructor(
    private readonly value: Schema<V>,
    options: Defaults<Record<string, V>>,
  ) {
    super();
    this.absent = defaultOf(options);
  }

  check(value: unknown, context: ParseContext): Record<string, V> {
    if (!isPlainObject(value)) throw this.mismatch(value, context);
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, this.value.read(member, inside(context, key))]));
  }
}

class OptionalSchema<T> extends Schema<T | undefined, true> {
  readonly absent: Absent<undefined> = { value: undefined };

  constructor(private readonly schema: Schema<T>) {
    super();
  }

  get expects() {
    return this.schema.expects;
  }

  check(value: unknown, context: ParseContext): T | undefined {
    return this.schema.check(value, context);
  }
}

class AnySchema extends Schema<unknown, false> {
  readonly expects = 'any value';
  readonly absent: Absent<unknown> = undefined;

  check(value: unknown): unknown {
    return value;
  }
}

class UnionSchema extends Schema<unknown, false> {
  readonly expects: string;
  readonly absent: Absent<unknown>;

  constructor(private readonly alternatives: readonly Schema<unknown>[]) {
    super();
    this.expects = alternatives.map((schema) => schema.expects).join(' or ');
    this.absent = alternatives.find((schema) => schema.absent)?.absent;
  }

  check(value: unknown, context: ParseContext): unknown {
    for (const schema of this.alternatives) {
      try {
        return schema.check(value, context);
      } catch {
        // The next alternative; when none is left, the error below names them all.
      }
    }
    throw this.mismatch(value, context);
  }
}

function defaultOf<T>(options: Defaults<T>): Absent<T> {
  return options.default === undefined ? undefined : { value: options.default };
}

function own(value: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Numbers come as number, as bigint beyond 2^53, or wrapped where a real keeps its fraction (core/formats/json). */
function plainNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object' && value instanceof Real) return value.valueOf();
  return undefined;
}

function tryFsd(text: string): number | undefined {
  try {
    return parseFsd(text);
  } catch {
    return undefined;
  }
}
