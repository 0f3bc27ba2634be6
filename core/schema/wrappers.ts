import { FluxError } from '../sys/errors';
import { OptionalSchema } from './containers';
import type { DialectName } from './dialect';
import { type Absent, copyOf, type ParseContext, Schema } from './schema';
import { type Defaults, defaultOf } from './values';

/** The text of an error: always the same, or made of the value and of what the schema says of it. */
export type Wording = string | ((value: unknown, reason: string) => string);

/** A schema of values that another one reads, in its words where nothing else is said. */
abstract class WrappedSchema<T, U, O extends boolean, In> extends Schema<U, O, In> {
  readonly inner: Schema<T, O, In>;

  constructor(inner: Schema<T, O, In>) {
    super();
    this.inner = inner;
  }

  get absent(): Absent<unknown> {
    return this.inner.absent;
  }
  override get fallback(): Absent<unknown> {
    return this.inner.fallback;
  }
  get expects(): string {
    return this.inner.expects;
  }
  get json(): string {
    return this.inner.json;
  }
  override get dialect(): DialectName {
    return this.inner.dialect;
  }
  override get title(): string | undefined {
    return this.inner.title;
  }
}

/** The same value; where it is read by itself, its errors are in the texts of that dialect. */
export class DialectSchema<T, O extends boolean, In> extends WrappedSchema<T, T, O, In> {
  readonly #dialect: DialectName;

  constructor(inner: Schema<T, O, In>, dialect: DialectName) {
    super(inner);
    this.#dialect = dialect;
  }

  override get dialect(): DialectName {
    return this.#dialect;
  }

  check(value: unknown, context: ParseContext): T {
    return this.inner.check(value, context);
  }
}

/** The same value with errors in words of its own. */
export class WordedSchema<T, O extends boolean, In> extends WrappedSchema<T, T, O, In> {
  readonly #wording: Wording;

  constructor(inner: Schema<T, O, In>, wording: Wording) {
    super(inner);
    this.#wording = wording;
  }

  check(value: unknown, context: ParseContext): T {
    const wording = this.#wording;
    try {
      return this.inner.check(value, context);
    } catch (e) {
      const reason = reasonOf(e);
      throw new FluxError('EINVAL', typeof wording === 'string' ? wording : wording(value, reason), { cause: e });
    }
  }
}

/** What a function makes of a value. */
export class TransformSchema<T, U, O extends boolean, In> extends WrappedSchema<T, U, O, In> {
  readonly #read: (value: T) => U;
  readonly #absent: Absent<U>;

  constructor(inner: Schema<T, O, In>, read: (value: T) => U, options: Defaults<U>) {
    super(inner);
    this.#read = read;
    this.#absent = defaultOf(options);
  }

  override get absent(): Absent<unknown> {
    return this.#absent;
  }
  override get fallback(): Absent<unknown> {
    return this.#absent;
  }

  check(value: unknown, context: ParseContext): U {
    return this.#read(this.inner.check(value, context));
  }
}

/** The same value, whose errors are told of where it is read: in a module's log. */
export class ReportedSchema<T, O extends boolean, In> extends WrappedSchema<T, T, O, In> {
  readonly #otherwise: 'default' | 'fail';

  constructor(inner: Schema<T, O, In>, otherwise: 'default' | 'fail') {
    super(inner);
    this.#otherwise = otherwise;
  }

  check(value: unknown, context: ParseContext): T {
    try {
      return this.inner.check(value, context);
    } catch (e) {
      const reason = reasonOf(e);
      if (!context.report || reason === '') throw e;
      context.report(reason);
      if (this.#otherwise === 'fail') throw new FluxError('EINVAL', undefined, { cause: e });
      if (!this.fallback) throw e;
      return copyOf(this.fallback.value) as T;
    }
  }
}

/** The schema below what is wrapped around it. */
export function unwrappedSchema(schema: Schema<unknown>): Schema<unknown> {
  return schema instanceof WrappedSchema || schema instanceof OptionalSchema ? unwrappedSchema(schema.inner) : schema;
}

function reasonOf(e: unknown): string {
  if (!(e instanceof FluxError)) throw e;
  return e.text ?? '';
}
