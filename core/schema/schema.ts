import { FluxError } from '../sys/errors';

/** How a value is read. `coerce`: strings stand for numbers, booleans, durations and comma-separated arrays (command-line arguments). */
export interface ParseOptions {
  coerce?: boolean;
  /** What the value belongs to, the first word of an error text: a plugin's name, a configuration table. */
  name?: string;
}

/** Where in a value we are, and how it is read. */
export interface ParseContext {
  readonly coerce: boolean;
  readonly name: string | undefined;
  readonly path: readonly (string | number)[];
}

/** A key that stands for nothing given: its default if it has one, else undefined when it may be left out. */
export type Absent<T> = { readonly value: T } | undefined;

/** A description of a JSON value: checks it, fills in defaults, and carries its TypeScript type. Make one with `t`. Immutable. */
export abstract class Schema<out T, out Optional extends boolean = boolean> {
  declare readonly _type: T;
  declare readonly _optional: Optional;

  /** What is expected, for people: `integer >= 1`. */
  abstract readonly expects: string;

  /** The value to use when the key is missing; undefined (the object, not its member): the key is required. */
  abstract readonly absent: Absent<unknown>;

  /** Checks one value that is there; use parse from outside. */
  abstract check(value: unknown, context: ParseContext): T;

  /**
   * The checked value with defaults filled in: a copy, but for what `t.any` lets through. A value of undefined takes the default.
   * Errors: EINVAL with a text that names the key: `limits: max: expected integer >= 1, got "x"`.
   */
  parse(value: unknown, options: ParseOptions = {}): T {
    return this.read(value, { coerce: options.coerce ?? false, name: options.name, path: [] });
  }

  /** As parse, at a place inside a larger value. */
  read(value: unknown, context: ParseContext): T {
    if (value !== undefined) return this.check(value, context);
    if (this.absent) return structuredClone(this.absent.value) as T;
    throw problem(context, 'is required');
  }

  protected mismatch(value: unknown, context: ParseContext): FluxError {
    return problem(context, `expected ${this.expects}, got ${shown(value)}`);
  }
}

/** The TypeScript type a schema describes. */
export type Infer<S> = S extends Schema<infer T> ? T : never;

/** A one-line error (EINVAL) about the value at `context`. */
export function problem(context: ParseContext, text: string): FluxError {
  const where = context.path.reduce<string>((at, key) => (typeof key === 'number' ? `${at}[${key}]` : at ? `${at}.${key}` : key), '');
  return new FluxError('EINVAL', [context.name, where, text].filter(Boolean).join(': '));
}

/** The context of a member of the value at `context`. */
export function inside(context: ParseContext, key: string | number): ParseContext {
  return { ...context, path: [...context.path, key] };
}

const SHOWN_LENGTH = 60;

/** A value as an error text shows it: JSON, cut when long. */
function shown(value: unknown): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`;
  const text = JSON.stringify(value, (_key, member) => (typeof member === 'bigint' ? member.toString() : member)) ?? String(value);
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
}
