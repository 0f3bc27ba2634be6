import { encodeJson } from '../../formats/json';
import { FluxError } from '../../sys/errors';

type Check = (value: unknown) => boolean;

const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks of an argument, by name, for functions that plugins call; the names are used in error texts. */
const checks = {
  string: (value) => typeof value === 'string',
  name: (value) => typeof value === 'string' && value !== '',
  'name of a variable': (value) => typeof value === 'string' && /^[^=\0]+$/.test(value),
  'string without NUL': (value) => typeof value === 'string' && !value.includes('\0'),
  integer: Number.isInteger,
  function: (value) => typeof value === 'function',
  object: isObject,
  schema: (value) => typeof (value as { parse?: unknown } | undefined)?.parse === 'function',
  'JSON value': isJson,
  'JSON object': (value) => isObject(value) && isJson(value),
  'string or Buffer': (value) => typeof value === 'string' || value instanceof Uint8Array,
} satisfies Record<string, Check>;

/**
 * Checks arguments of a function that a plugin calls: plugins in plain JavaScript have no compiler that does. An argument that may be left out is
 * checked by its caller.
 * @throws FluxError EINVAL, naming function and argument
 */
export function checkArguments(called: string, given: Readonly<Record<string, readonly [unknown, keyof typeof checks]>>): void {
  for (const [argument, [value, kind]] of Object.entries(given))
    if (!checks[kind](value)) throw new FluxError('EINVAL', `${called}: ${argument} must be a ${kind}`);
}

function isJson(value: unknown): boolean {
  if (value === undefined || typeof value === 'function' || typeof value === 'symbol') return false;
  try {
    encodeJson(value as never);
    return true;
  } catch {
    return false;
  }
}
