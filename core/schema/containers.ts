import { isJsonObject, setMember } from '../formats/json-values';
import { FluxError } from '../sys/errors';
import { type DialectName, dialects } from './dialect';
import { type Absent, copyOf, type Infer, type Input, inside, missing, type ParseContext, Schema } from './schema';
import { type Defaults, defaultOf, unwrapped } from './values';

/** The members of an object schema. */
export type Shape = Record<string, Schema<unknown>>;

type OptionalKeys<S extends Shape> = { [K in keyof S]: S[K] extends Schema<unknown, true> ? K : never }[keyof S];
type OmittableKeys<S extends Shape> = { [K in keyof S]: undefined extends Input<S[K]> ? K : never }[keyof S];
type Flatten<T> = { [K in keyof T]: T[K] };

/** What a reader gets of an object with members S. */
export type InferShape<S extends Shape> = Flatten<
  { [K in Exclude<keyof S, OptionalKeys<S>>]: Infer<S[K]> } & { [K in OptionalKeys<S>]?: Infer<S[K]> }
>;
/** What a sender may give for it. */
export type InputShape<S extends Shape> = Flatten<
  { readonly [K in Exclude<keyof S, OmittableKeys<S>>]: Input<S[K]> } & { readonly [K in OmittableKeys<S>]?: Input<S[K]> }
>;

/** What becomes of keys that an object's shape does not name. */
type UnknownKeys = 'reject' | 'ignore' | 'keep' | 'report';

export interface ObjectOptions {
  /** Keys that the shape does not name: an error (default), dropped, kept, or dropped and told of where the object is read. */
  unknown?: UnknownKeys;
  /** What is said of such a key; of a module's argument, which is given as it stands: `nosuch=1`. Default the dialect's text. */
  unknownText?: (key: string) => string;
  /** What is read where it is not there: mostly `{}`, for the defaults of its members. */
  default?: object;
  /** First words of error texts, in place of the name of what is read: `error parsing [access] configuration`. */
  title?: string;
  /** Whose texts the errors have; default people's. */
  dialect?: DialectName;
}

export class ObjectSchema<S extends Shape> extends Schema<InferShape<S>, false, InputShape<S>> {
  readonly expects = 'object';
  readonly json = 'object';
  readonly absent: Absent<InferShape<S>>;
  readonly #empty: Absent<InferShape<S>>;
  readonly shape: S;
  readonly unknownKeys: UnknownKeys;
  readonly unknownText: ((key: string) => string) | undefined;
  readonly #members: readonly (readonly [key: string, schema: Schema<unknown>])[];
  readonly #dialect: DialectName;
  readonly #title: string | undefined;

  constructor(shape: S, { unknown = 'reject', unknownText, dialect = 'people', title, default: given }: ObjectOptions) {
    super();
    this.shape = shape;
    this.unknownKeys = unknown;
    this.unknownText = unknownText;
    this.#dialect = dialect;
    this.#title = title;
    this.#members = Object.entries(shape);
    const mayBeEmpty = this.#members.every(([, member]) => member.absent);
    this.#empty = mayBeEmpty ? { value: this.parse({}) } : undefined;
    if (given) this.absent = { value: this.parse(given) };
    else this.absent = dialect === 'people' ? this.#empty : undefined; // jansson wants an object to be there, whatever is in it
  }

  override get fallback(): Absent<unknown> {
    return this.#empty;
  }
  override get dialect(): DialectName {
    return this.#dialect;
  }
  override get title(): string | undefined {
    return this.#title;
  }

  override get form() {
    const members = this.#members.map(([key, { form, absent }]) => `${key}${absent ? '?' : ''}: ${form}`);
    if (this.unknownKeys === 'keep') members.push('…');
    return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
  }

  check(given: unknown, context: ParseContext): InferShape<S> {
    const value = unwrapped(given);
    if (!isJsonObject(value)) throw this.mismatch(value, context);
    const result: Record<string, unknown> = {};
    const { strict } = context.dialect;
    for (const [key, member] of this.#members) {
      const at = value[key];
      if (at !== undefined && Object.hasOwn(value, key)) result[key] = member.check(at, strict ? context : inside(context, key));
      else if (!member.absent) throw missing(inside(context, key));
      else if (member.absent.value !== undefined) result[key] = copyOf(member.absent.value);
    }
    if (this.unknownKeys !== 'ignore') this.#others(value, result, context);
    return result as InferShape<S>;
  }

  #others(value: Record<string, unknown>, result: Record<string, unknown>, context: ParseContext): void {
    const others = Object.keys(value).filter((key) => value[key] !== undefined && !Object.hasOwn(this.shape, key));
    if (others.length === 0) return;
    if (this.unknownKeys === 'keep') for (const key of others) setMember(result, key, context.opaque(value[key]));
    else if (this.unknownKeys === 'report' && context.report) for (const key of others) context.report(this.#surplus([key], context));
    else throw new FluxError('EINVAL', this.#surplus(others, context));
  }

  #surplus(keys: string[], context: ParseContext): string {
    return this.unknownText ? this.unknownText(keys[0]!) : context.dialect.surplus(keys, Object.keys(this.shape), context);
  }
}

export class ArraySchema<E, I, In> extends Schema<E[], false, In> {
  readonly expects: string;
  readonly json = 'array';
  readonly absent: Absent<E[]>;
  readonly #element: Schema<E, boolean, I>;
  readonly #minLength: number;

  constructor(element: Schema<E, boolean, I>, minLength: number, options: Defaults<E[]>) {
    super();
    this.#element = element;
    this.#minLength = minLength;
    this.expects = minLength > 0 ? `array of ${minLength} or more of ${element.expects}` : `array of ${element.expects}`;
    this.absent = defaultOf(options);
  }

  override get form() {
    const { form } = this.#element;
    return form === 'any' ? 'array' : `[${form}, …]`;
  }

  check(given: unknown, context: ParseContext): E[] {
    const value = unwrapped(given);
    const list = context.coerce && typeof value === 'string' ? (value === '' ? [] : value.split(',')) : value;
    if (!Array.isArray(list) || list.length < this.#minLength) throw this.mismatch(value, context);
    return list.map((element, i) => this.#element.read(element, context.dialect.strict ? context : inside(context, i)));
  }
}

export class TupleSchema<const S extends readonly Schema<unknown>[]> extends Schema<
  { -readonly [I in keyof S]: Infer<S[I]> },
  false,
  { readonly [I in keyof S]: Input<S[I]> }
> {
  readonly expects: string;
  readonly json = 'array';
  readonly absent = undefined;
  readonly #elements: S;

  constructor(elements: S) {
    super();
    this.#elements = elements;
    this.expects = `array of ${elements.map((element) => element.expects).join(', ')}`;
  }

  override get form() {
    return `[${this.#elements.map(({ form }) => form).join(', ')}]`;
  }

  check(given: unknown, context: ParseContext): { -readonly [I in keyof S]: Infer<S[I]> } {
    const value = unwrapped(given);
    if (!Array.isArray(value) || value.length !== this.#elements.length) throw this.mismatch(value, context);
    return this.#elements.map((element, i) => element.read(value[i], inside(context, i))) as { -readonly [I in keyof S]: Infer<S[I]> };
  }
}

export class RecordSchema<V, I, In> extends Schema<Record<string, V>, false, In> {
  readonly expects = 'object';
  readonly json = 'object';
  readonly absent: Absent<Record<string, V>>;
  readonly #value: Schema<V, boolean, I>;

  constructor(value: Schema<V, boolean, I>, options: Defaults<Record<string, V>>) {
    super();
    this.#value = value;
    this.absent = defaultOf(options);
  }

  override get form() {
    const { form } = this.#value;
    return form === 'any' ? 'object' : `{ KEY: ${form}, … }`;
  }

  check(given: unknown, context: ParseContext): Record<string, V> {
    const value = unwrapped(given);
    if (!isJsonObject(value)) throw this.mismatch(value, context);
    const result: Record<string, V> = {};
    for (const [key, member] of Object.entries(value))
      if (member !== undefined) setMember(result, key, this.#value.check(member, context.dialect.strict ? context : inside(context, key)));
    return result;
  }
}

export class OptionalSchema<T, I> extends Schema<T | undefined, true, I | undefined> {
  readonly absent: Absent<undefined> = { value: undefined };
  readonly inner: Schema<T, boolean, I>;

  constructor(inner: Schema<T, boolean, I>) {
    super();
    this.inner = inner;
  }

  get expects() {
    return this.inner.expects;
  }
  get json() {
    return this.inner.json;
  }
  override get form() {
    return this.inner.form;
  }

  override get dialect(): DialectName {
    return this.inner.dialect;
  }
  override get title(): string | undefined {
    return this.inner.title;
  }

  check(value: unknown, context: ParseContext): T | undefined {
    return this.inner.check(value, context);
  }
}

export class UnionSchema<const S extends readonly Schema<unknown>[]> extends Schema<Infer<S[number]>, false, Input<S[number]>> {
  readonly expects: string;
  readonly json: string;
  readonly absent: Absent<unknown>;
  readonly #alternatives: S;

  constructor(alternatives: S) {
    super();
    this.#alternatives = alternatives;
    this.expects = alternatives.map((schema) => schema.expects).join(' or ');
    this.json = alternatives.map((schema) => schema.json).join(' or ');
    this.absent = alternatives.find((schema) => schema.absent)?.absent;
  }

  override get form() {
    return this.#alternatives.map(({ form }) => form).join(' | ');
  }

  check(value: unknown, context: ParseContext): Infer<S[number]> {
    for (const schema of this.#alternatives) {
      try {
        return schema.check(value, context) as Infer<S[number]>;
      } catch {
        // The next alternative; when none is left, the error below names them all.
      }
    }
    throw this.mismatch(value, context);
  }
}

/** Reads a value of a message by a schema: integers and reals apart, `opaque` for what no schema looks into. @throws FluxError EINVAL with jansson's or people's text */
export function readStrictly<T>(schema: Schema<T>, value: unknown, opaque: (value: unknown) => unknown): T {
  return schema.check(value, { dialect: strictly[schema.dialect], coerce: false, name: undefined, path: [], opaque });
}

const strictly = { jansson: dialects.jansson, people: { ...dialects.people, strict: true } };
