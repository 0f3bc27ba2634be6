import type { JsonObject, JsonValue } from '../formats/json';
import type { Real } from '../formats/json-values';
import {
  ArraySchema,
  type InferShape,
  type ObjectOptions,
  ObjectSchema,
  OptionalSchema,
  RecordSchema,
  type Shape,
  TupleSchema,
  UnionSchema,
} from './containers';
import { type Infer, type Input, Schema } from './schema';
import {
  AnySchema,
  BooleanSchema,
  type Defaults,
  DurationSchema,
  ExactSchema,
  IdSchema,
  type NumberOptions,
  NumberSchema,
  type Omittable,
  OneOfSchema,
  type StringOptions,
  StringSchema,
} from './values';
import { DialectSchema, ReportedSchema, TransformSchema, WordedSchema, type Wording } from './wrappers';

/**
 * The vocabulary of schemas, used as `t`: `t.object({ max: t.int({ min: 1, default: 10 }) })`. `t.infer<typeof schema>` is the type it
 * describes, `t.input<typeof schema>` what a sender may give for it. A member with a default may be left out and is always present in the result; an
 * optional one may be undefined there.
 */
export type { Infer as infer, Input as input } from './schema';

/** A JSON integer: within JavaScript's safe range, where 2.0 counts; of 64 bits in a message, where it does not, and beyond 2^53 loses its last digits. */
export function int<const O extends NumberOptions>(options?: O): Schema<number, false, number | bigint | Omittable<O>> {
  return new NumberSchema('integer', options ?? {});
}

/** A finite JSON number. Senders mark those with real() that must be reals on the wire. */
export function number<const O extends NumberOptions>(options?: O): Schema<number, false, number | Real | Omittable<O>> {
  return new NumberSchema('number', options ?? {});
}

/** An unsigned integer of 64 bits as a bigint: job ids. */
export function id(): Schema<bigint, false, bigint | number> {
  return new IdSchema();
}

/** A string. */
export function string<const O extends StringOptions>(options?: O): Schema<string, false, string | Omittable<O>> {
  return new StringSchema(options ?? {});
}

/** true or false; coerced from `true`, `false`, `1`, `0`, and from an argument without a value. */
export function boolean<const O extends Defaults<boolean>>(options?: O): Schema<boolean, false, boolean | Omittable<O>> {
  return new BooleanSchema(options ?? {});
}

/** A time span: a number of seconds or a Flux Standard Duration (`"1.5m"`, `"30s"`, `"2h"`; RFC 23). The result is in seconds. */
export function duration<const O extends { default?: number | string }>(
  options?: O,
): Schema<number, false, number | string | Omittable<O>> {
  return new DurationSchema(options?.default);
}

/** One of these strings, numbers or booleans. */
export function oneOf<const V extends readonly (string | number | boolean)[], const O extends Defaults<V[number]>>(
  values: V,
  options?: O,
): Schema<V[number], false, V[number] | Omittable<O>> {
  return new OneOfSchema(values, options ?? {});
}

/** An array whose elements are all alike, by default anything; coerced from `a,b,c`. */
export function array(): Schema<unknown[], false, readonly unknown[]>;
export function array<E, I, const O extends Defaults<E[]> & { minLength?: number }>(
  element: Schema<E, boolean, I>,
  options?: O,
): Schema<E[], false, readonly I[] | Omittable<O>>;
export function array(
  element: Schema<unknown> = new AnySchema(),
  options: Defaults<unknown[]> & { minLength?: number } = {},
): Schema<unknown[], false, never> {
  return new ArraySchema(element, options.minLength ?? 0, options);
}

/** An array of so many elements, each of its own kind. */
export function tuple<const S extends readonly Schema<unknown>[]>(...elements: S): TupleSchema<S> {
  return new TupleSchema(elements);
}

/** An object with any keys, whose values are all alike, by default anything. */
export function record(): Schema<Record<string, unknown>, false, object>;
export function record<V, I, const O extends Defaults<Record<string, V>>>(
  value: Schema<V, boolean, I>,
  options?: O,
): Schema<Record<string, V>, false, Readonly<Record<string, I>> | Omittable<O>>;
export function record(
  value: Schema<unknown> = new AnySchema(),
  options: Defaults<Record<string, unknown>> = {},
): Schema<Record<string, unknown>, false, never> {
  return new RecordSchema(value, options);
}

/** The same value, or nothing: the key may be left out. */
export function optional<T, I>(schema: Schema<T, boolean, I>): Schema<T | undefined, true, I | undefined> {
  return new OptionalSchema(schema);
}

/** Any JSON value but a missing one, as it is; of a message with plain numbers. */
export function any(): Schema<unknown, false, NonNullable<unknown> | null> {
  return new AnySchema();
}

/** Any JSON value of a message as it was sent, reals as Real: for what is stored or sent on. */
export function exact(): Schema<JsonValue, false, JsonValue | object> {
  return new ExactSchema<JsonValue>('value');
}

/** As exact(), for an object. */
export function exactObject(): Schema<JsonObject, false, JsonValue | object> {
  return new ExactSchema<JsonObject>('object');
}

/** The first of the alternatives that accepts the value. */
export function union<const S extends readonly Schema<unknown>[]>(...alternatives: S): Schema<Infer<S[number]>, false, Input<S[number]>> {
  return new UnionSchema(alternatives);
}

/** The same value; `wording` is the text of all its errors, or makes it of the value and the reason. */
export function worded<T, O extends boolean, I>(schema: Schema<T, O, I>, wording: Wording): Schema<T, O, I> {
  return new WordedSchema(schema, wording);
}

/** What `read` makes of a value of the schema. It may throw: EINVAL, with the whole text of the error. */
export function transform<T, U, O extends boolean, I, const D extends Defaults<U>>(
  schema: Schema<T, O, I>,
  read: (value: T) => U,
  options?: D,
): Schema<U, O, I | Omittable<D>> {
  return new TransformSchema(schema, read, options ?? {});
}

/** The same value; one that doesn't fit is told of where it is read (a module's log), and the default taken: the schema must have one, or be optional. */
export function lenient<T, O extends boolean, I>(schema: Schema<T, O, I>): Schema<T, O, I> {
  return new ReportedSchema(schema, 'default');
}

/** The same value; one that doesn't fit is told of where it is read (a module's log), and whoever asked gets EINVAL without a text. */
export function logged<T, O extends boolean, I>(schema: Schema<T, O, I>): Schema<T, O, I> {
  return new ReportedSchema(schema, 'fail');
}

/**
 * An object with these members. Other keys are errors that name the nearest known one, unless `unknown` says to ignore (drop), keep or report
 * them. Where every member may be left out, so may the object.
 */
export function object<S extends Shape>(shape: S, options: ObjectOptions = {}): ObjectSchema<S> {
  return new ObjectSchema(shape, options);
}

/**
 * An object as the reference's library reads it, of messages, stored data, and the configuration that docs/protocol pins: other keys are ignored, errors are
 * jansson's, and it must be there even if all its members may be left out, unless it has a default. Of a schema: the same value, read so.
 */
export function wire<S extends Shape>(shape: S, options?: Omit<ObjectOptions, 'dialect'>): ObjectSchema<S>;
export function wire<T, O extends boolean, I>(schema: Schema<T, O, I>): Schema<T, O, I>;
export function wire(shape: Shape | Schema<unknown>, options: Omit<ObjectOptions, 'dialect'> = {}): Schema<unknown> {
  if (shape instanceof Schema) return new DialectSchema(shape, 'jansson');
  return new ObjectSchema(shape, { unknown: 'ignore', ...options, dialect: 'jansson' });
}

export type { InferShape, ObjectSchema, Shape };
