/** A value as it was decoded. A payload's reals are plain numbers, unless their exact form is asked for; Raw is only in what is put together to be sent. */
export type JsonValue = null | boolean | number | bigint | string | Real | Raw | JsonValue[] | JsonObject;

/** A decoded JSON object. */
export type JsonObject = { [key: string]: JsonValue };

/** A value that can be encoded: like JsonValue, with readonly containers, members that are undefined (and left out), and objects that have toJSON. */
export type Encodable =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Real
  | Raw
  | readonly Encodable[]
  | EncodableObject
  | { toJSON(): unknown };

/** An object that can be encoded as JSON: plugins and clients give these, and get a JsonObject. */
export type EncodableObject = { readonly [key: string]: Encodable };

/**
 * A number that is a real on the wire whatever its value: printed `2.0`, never `2` (docs/protocol/wire.md §2, "Payload conventions"). In arithmetic,
 * comparisons and JSON.stringify it is its value.
 */
export class Real {
  constructor(readonly value: number) {}
  valueOf(): number {
    return this.value;
  }
  toString(): string {
    return formatReal(this.value);
  }
  toJSON(): number {
    return this.value;
  }
}

/** Marks a number as a real for encodeJson. */
export function real(value: number): Real {
  return new Real(value);
}

/** A piece of JSON text that is inserted as it is; the caller vouches for its validity. */
export class Raw {
  constructor(readonly text: string) {}
  toString(): string {
    return this.text;
  }
  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

/** The text of a finite real: C's %.17g with a fraction or an exponent, as the reference prints it (`0.0`, `0.72634328358208933`, `1e-7`). */
export function formatReal(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return Object.is(value, -0) ? '-0.0' : `${value}.0`;
  const magnitude = Math.abs(value);
  if (magnitude < 1e-4 || magnitude >= 1e17) return trimExponential(value.toExponential(16));
  const digits = value.toPrecision(17);
  return digits.includes('.') ? trimZeros(digits) : `${digits}.0`;
}

function trimZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  if (digits[end - 1] === '.') end++;
  return digits.slice(0, end);
}

function trimExponential(text: string): string {
  const [mantissa, exponent] = text.split('e') as [string, string];
  return `${mantissa.replace(/\.?0+$/, '')}e${exponent.replace('+', '')}`;
}

/** True for a value decoded as a JSON object (neither array nor Real nor Raw). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Real) && !(value instanceof Raw);
}

/** Sets a member of an object that came from outside, whatever its name: an assignment to `__proto__` would set the prototype. */
export function setMember<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
