import type { JsonObject } from '../formats/json';
import { ObjectSchema } from '../schema/containers';
import type { Schema } from '../schema/schema';
import { unwrappedSchema } from '../schema/wrappers';
import { FluxError } from '../sys/errors';

/**
 * Reads the arguments of a module (`flux module load NAME key=value…`) by its schema, strings coerced. An argument without `=` sets a boolean;
 * dots nest. Without a schema the pairs come as strings. `report` hears of what is not to fail the load. Errors: EINVAL, naming module and argument.
 */
export function parseArgs<A>(
  name: string,
  args: readonly string[],
  schema: Schema<A> | undefined,
  report?: (text: string) => void,
): A | JsonObject {
  const object = schema && unwrappedSchema(schema);
  const { shape, unknownText, unknownKeys } = object instanceof ObjectSchema ? object : noMembers;
  const isFlat = unknownText !== undefined || unknownKeys === 'ignore'; // what nobody knows is no path
  const values: JsonObject = {};
  for (const arg of args) {
    const { key, value } = split(arg);
    if (!key.every(Boolean)) throw new FluxError('EINVAL', `${name}: malformed argument ${JSON.stringify(arg)}`);
    place(values, key, value);
  }
  return schema ? schema.parse(values, { name, coerce: true, ...(report ? { report } : {}) }) : values;

  function split(arg: string) {
    const at = arg.indexOf('=');
    const key = at < 0 ? arg : arg.slice(0, at);
    const value = at < 0 ? 'true' : arg.slice(at + 1);
    if (Object.hasOwn(shape, key)) return { key: [key], value };
    const path = key.split('.');
    return isFlat && !Object.hasOwn(shape, path[0]!) ? { key: [arg], value } : { key: path, value };
  }
}

const noMembers = { shape: {}, unknownText: undefined, unknownKeys: undefined };

function place(values: JsonObject, key: readonly string[], value: string): void {
  let at = values;
  for (const part of key.slice(0, -1)) {
    if (typeof at[part] !== 'object') at[part] = {};
    at = at[part] as JsonObject;
  }
  at[key[key.length - 1]!] = value;
}
