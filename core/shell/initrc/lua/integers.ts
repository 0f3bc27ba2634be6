/**
 * The integers of Lua 5.3 and 5.4: 64 bits, two's complement, wrapping around. One that a JavaScript number holds exactly is a number (never -0), any
 * other a bigint, so that each value has one form. The interpreter, which has 32 bits by itself, calls these (scripts/fengari.mjs).
 */
export type Integer = number | bigint;

/** The largest integer. */
export const max = 2n ** 63n - 1n;
/** The smallest integer. */
export const min = -(2n ** 63n);

/** The one form of a value, which is cut to 64 bits. */
export function wrap(value: bigint): Integer {
  const cut = BigInt.asIntN(64, value);
  const small = Number(cut);
  return Number.isSafeInteger(small) ? small : cut;
}

/** An integral number of JavaScript, of any size, as an integer. */
export function of(value: Integer): Integer {
  if (typeof value === 'bigint') return wrap(value);
  if (Number.isSafeInteger(value)) return value + 0;
  return wrap(BigInt(value));
}

/** The integer that equals a float, or false if there is none. */
export function ofFloat(value: number): Integer | false {
  if (Number.isSafeInteger(value)) return value + 0;
  if (!Number.isInteger(value) || value < -(2 ** 63) || value >= 2 ** 63) return false;
  return BigInt(value);
}

/** The integer that a function which needs one takes a number for, as 5.1 does: the fraction is cut off. Not a number: false. */
export function truncate(value: number): Integer | false {
  if (Number.isNaN(value)) return false;
  if (value >= 2 ** 63) return max;
  if (value < -(2 ** 63)) return min;
  return ofFloat(Math.trunc(value));
}

/** The key of a table that a float stands for: the integer that equals it, if there is one, else itself. */
export function key(value: number): Integer {
  if (Number.isSafeInteger(value)) return value;
  const integer = ofFloat(value);
  return integer === false ? value : integer;
}

/** The sum, wrapped around at 64 bits. */
export function add(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return wrap(BigInt(a) + BigInt(b));
}

/** The difference, wrapped around at 64 bits. */
export function sub(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return wrap(BigInt(a) - BigInt(b));
}

/** The product, wrapped around at 64 bits. */
export function mul(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return wrap(BigInt(a) * BigInt(b));
}

/** Rounds towards minus infinity. `b` isn't 0. */
export function div(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') {
    const rest = a % b;
    // exact: what is divided is a multiple of b
    return (a - rest) / b - (rest !== 0 && rest < 0 !== b < 0 ? 1 : 0) + 0;
  }
  const [dividend, divisor] = [BigInt(a), BigInt(b)];
  const rest = dividend % divisor;
  return wrap(dividend / divisor - (rest !== 0n && rest < 0n !== divisor < 0n ? 1n : 0n));
}

/** The remainder of {@link div}: it has the sign of `b`, which isn't 0. */
export function mod(a: Integer, b: Integer): Integer {
  const rest = rem(a, b);
  return rest !== 0 && rest < 0 !== b < 0 ? add(rest, b) : rest;
}

/** The remainder of C: it has the sign of `a`. `b` isn't 0. */
export function rem(a: Integer, b: Integer): Integer {
  if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
  return wrap(BigInt(a) % BigInt(b));
}

/** The power of floats: Lua's is C's. */
export { pow } from '../../../sys/libm';

/** The negative, wrapped around: that of the smallest integer is itself. */
export function neg(a: Integer): Integer {
  return typeof a === 'number' ? 0 - a : wrap(-a);
}

const isInt32 = (value: Integer): value is number => typeof value === 'number' && (value | 0) === value;

/** Bitwise and, of all 64 bits. */
export const and = (a: Integer, b: Integer): Integer => (isInt32(a) && isInt32(b) ? a & b : wrap(BigInt(a) & BigInt(b)));
/** Bitwise or, of all 64 bits. */
export const or = (a: Integer, b: Integer): Integer => (isInt32(a) && isInt32(b) ? a | b : wrap(BigInt(a) | BigInt(b)));
/** Bitwise exclusive or, of all 64 bits. */
export const xor = (a: Integer, b: Integer): Integer => (isInt32(a) && isInt32(b) ? a ^ b : wrap(BigInt(a) ^ BigInt(b)));
/** All 64 bits inverted. */
export const not = (a: Integer): Integer => sub(-1, a);

/** Fills with zeros; a negative distance shifts to the right. */
export function shl(a: Integer, distance: Integer): Integer {
  if (distance <= -64 || distance >= 64) return 0;
  const bits = BigInt.asUintN(64, BigInt(a));
  return wrap(distance < 0 ? bits >> BigInt(-distance) : bits << BigInt(distance));
}

/** As shl, in the other direction: fills with zeros, and a negative distance shifts to the left. */
export const shr = (a: Integer, distance: Integer): Integer => (distance <= -64 ? 0 : shl(a, -distance));

/** The next value of a loop: beyond the largest integer it is infinite, and so beyond any limit. */
export function step(value: Integer, by: Integer): Integer {
  if (typeof value === 'number' && typeof by === 'number') {
    const next = value + by;
    if (Number.isSafeInteger(next)) return next;
  }
  const next = BigInt(value) + BigInt(by);
  if (next > max) return Number.POSITIVE_INFINITY;
  if (next < min) return Number.NEGATIVE_INFINITY;
  return wrap(next);
}

/** The value before a loop's first: {@link step} makes it `first`. It may lie beyond 64 bits. */
export function before(first: Integer, by: Integer): Integer {
  if (typeof first === 'number' && typeof by === 'number') return first - by;
  return BigInt(first) - BigInt(by);
}
