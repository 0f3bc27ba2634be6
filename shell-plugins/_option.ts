import { FluxError, type JsonObject, Schema } from 'flux';
import { expectObject, jsonTypeName, member } from 'flux/internal';

/** A shell option read by a function; mismatches have the texts of the reference's JSON library (contract/shell.md §9). */
class OptionSchema<T> extends Schema<T, false> {
  readonly json = 'value';
  readonly absent = undefined;

  constructor(
    readonly expects: string,
    readonly check: (value: unknown) => T,
  ) {
    super();
  }
}

/** An option that must be of one JSON type. */
export const option = {
  string: new OptionSchema('string', (value) => member.string({ value } as JsonObject, 'value')),
  integer: new OptionSchema('integer', (value) => member.integer({ value } as JsonObject, 'value')),
  /** An object, read further by `read`. */
  object: <T>(read: (object: JsonObject) => T) => new OptionSchema('object', (value) => read(expectObject(value))),
};

/** Readers of members that may be left out. */
export const optional = {
  string: (object: JsonObject, key: string) => (Object.hasOwn(object, key) ? member.string(object, key) : undefined),
  integer: (object: JsonObject, key: string) => (Object.hasOwn(object, key) ? member.integer(object, key) : undefined),
  number: (object: JsonObject, key: string) => (Object.hasOwn(object, key) ? member.number(object, key) : undefined),
  boolean: (object: JsonObject, key: string) => (Object.hasOwn(object, key) ? boolean(object[key]) : undefined),
  object: (object: JsonObject, key: string) => (Object.hasOwn(object, key) ? member.object(object, key) : undefined),
};

function boolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new FluxError('EINVAL', `Expected true or false, got ${jsonTypeName(value)}`);
  return value;
}
