/** How C's printf prints a number: `%#.3e` is `{ conversion: 'e', precision: 3, alternate: true }`. The precision is 6 by default, as in C. */
export interface NumberFormat {
  conversion: 'e' | 'f' | 'g';
  precision?: number;
  /** `#`: keeps the decimal point, and in `g` the zeros at the end. */
  alternate?: boolean;
}

/** A number as C's printf prints it with `%.<precision>g`: `1.5`, `59.9833`, `1.15741e+07`. */
export const formatG = (value: number, precision = 6): string => formatNumber(value, { conversion: 'g', precision });

/** A number as C's printf prints it, with a `-` if it is negative. Rounds its exact decimal value, to even on a tie. Infinity and not-a-number are `inf`, `nan`. */
export function formatNumber(value: number, { conversion, precision = 6, alternate = false }: NumberFormat): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  if (conversion === 'f') return sign + point(fixedDigits(size, precision), precision, alternate);
  if (conversion === 'e') {
    const [digits, exponent] = significantDigits(size, precision + 1);
    return sign + point(digits, precision, alternate) + exponentText(exponent);
  }
  const significant = Math.max(1, precision);
  const [digits, exponent] = significantDigits(size, significant);
  const trim = alternate ? (text: string) => text : trimFraction;
  if (exponent < -4 || exponent >= significant) return sign + trim(point(digits, significant - 1, alternate)) + exponentText(exponent);
  const padded = exponent < 0 ? '0'.repeat(-exponent) + digits : digits;
  return sign + trim(point(padded, significant - 1 - exponent, alternate));
}

/** The value as a fraction: digits / 10^scale, exactly. */
function exactDecimal(value: number): { digits: bigint; scale: number } {
  if (Number.isInteger(value)) return { digits: BigInt(value), scale: 0 };
  let [mantissa, scale] = [value, 0];
  // a power of two that makes it integral: at most 2^1074, which is no double
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    scale++;
  }
  return { digits: BigInt(mantissa) * 5n ** BigInt(scale), scale };
}

/** The digits before and after the point, without the point; at least one before it. */
function fixedDigits(value: number, precision: number): string {
  const { digits, scale } = exactDecimal(value);
  const rounded = scale > precision ? divideHalfEven(digits, 10n ** BigInt(scale - precision)) : digits * 10n ** BigInt(precision - scale);
  return rounded.toString().padStart(precision + 1, '0');
}

function significantDigits(value: number, count: number): [digits: string, exponent: number] {
  if (value === 0) return ['0'.repeat(count), 0];
  const { digits, scale } = exactDecimal(value);
  const all = digits.toString();
  const exponent = all.length - 1 - scale;
  if (all.length <= count) return [all.padEnd(count, '0'), exponent];
  const rounded = divideHalfEven(digits, 10n ** BigInt(all.length - count)).toString();
  return rounded.length > count ? [rounded.slice(0, count), exponent + 1] : [rounded, exponent];
}

function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  return twice > divisor || (twice === divisor && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** Puts the point before the last `after` digits. */
function point(digits: string, after: number, always: boolean): string {
  const at = digits.length - after;
  return after > 0 || always ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
}

const exponentText = (exponent: number): string => `e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

function trimFraction(text: string): string {
  return text.includes('.') ? text.replace(/\.?0*$/, '') : text;
}
