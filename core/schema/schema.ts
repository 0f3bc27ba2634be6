import { FluxError } from '../sys/errors';
import { type Dialect, type DialectName, dialects } from './dialect';

/** How a value is read. */
export interface ParseOptions {
  /** Strings stand for numbers, booleans, durations and comma-separated arrays (command-line arguments). */
  coerce?: boolean;
  /** What the value belongs to, the first word of an error text: a plugin's name, a configuration table. */
  name?: string;
  /** Whose texts errors have; default the schema's own, else people's. */
  dialect?: DialectName;
  /** Hears of errors that are not to refuse the value (t.lenient, `unknown: 'report'`); without it they do. */
  report?: (text: string) => void;
}

/** Where in a value we are, and how it is read. */
export interface ParseContext {
  readonly dialect: Dialect;
  readonly coerce: boolean;
  readonly name: string | undefined;
  readonly path: readonly (string | number)[];
  /** What a value becomes that no schema looks into: itself, or what receivers see of it. */
  readonly opaque: (value: unknown) => unknown;
  /** Hears of errors that do not refuse the value. */
  readonly report?: ((text: string) => void) | undefined;
}

/** A key that stands for nothing given: its default if it has one, else undefined when it may be left out. */
export type Absent<T> = { readonly value: T } | undefined;

/**
 * A description of a JSON value: checks it, fills in defaults, and carries its TypeScript types: `T` is what a reader gets, `In` what a sender may give.
 * Make one with `t`. Immutable.
 */
export abstract class Schema<out T, out Optional extends boolean = boolean, out In = unknown> {
  declare readonly _type: T;
  declare readonly _optional: Optional;
  declare readonly _input: In;

  /** What is expected, for people: `integer >= 1`. */
  abstract readonly expects: string;

  /** The JSON type, as jansson's errors name it: `integer`, `true or false`. */
  abstract readonly json: string;

  /** The shape as a reference writes it: `{ key: string, flags?: integer }`. */
  get form(): string {
    return this.json;
  }

  /** The value to use when the key is missing; undefined (the object, not its member): the key is required. */
  abstract readonly absent: Absent<unknown>;

  /** The value to use for one that doesn't fit, where that is only told of (t.lenient). */
  get fallback(): Absent<unknown> {
    return this.absent;
  }

  /** Whose texts the errors of parse have. */
  get dialect(): DialectName {
    return 'people';
  }

  /** The first words of error texts; default the name that parse is given. */
  get title(): string | undefined {
    return undefined;
  }

  /** Checks one value that is there; use parse from outside. */
  abstract check(value: unknown, context: ParseContext): T;

  /**
   * The checked value with defaults filled in: a copy, but for what `t.any` lets through. A value of undefined takes the default.
   * Errors: EINVAL with a text that names the key: `limits: max: expected integer >= 1, got "x"`.
   */
  parse(value: unknown, { coerce = false, name, dialect = this.dialect, report }: ParseOptions = {}): T {
    return this.read(value, { dialect: dialects[dialect], coerce, name: this.title ?? name, path: [], opaque: itself, report });
  }

  /** As parse, at a place inside a larger value. */
  read(value: unknown, context: ParseContext): T {
    if (value !== undefined) return this.check(value, context);
    if (this.absent) return copyOf(this.absent.value) as T;
    throw missing(context);
  }

  protected mismatch(value: unknown, context: ParseContext): FluxError {
    return new FluxError('EINVAL', context.dialect.mismatch(this, value, context));
  }
}

/** What a reader of a schema gets. */
export type Infer<S> = S extends Schema<infer T> ? T : never;
/** What a sender may give for a schema: members with defaults may be left out, reals marked (real()), ids be numbers or bigints. */
export type Input<S> = S extends Schema<unknown, boolean, infer I> ? I : never;

/** The value at `context` is not there, and must be. */
export function missing(context: ParseContext): FluxError {
  return new FluxError('EINVAL', context.dialect.missing(context));
}

/** The context of a member of the value at `context`. */
export function inside(context: ParseContext, key: string | number): ParseContext {
  return { ...context, path: [...context.path, key] };
}

/** A default, which readers may change. */
export function copyOf<T>(value: T): T {
  return typeof value === 'object' ? structuredClone(value) : value;
}

const itself = (value: unknown) => value;
