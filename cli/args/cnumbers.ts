/** C's readings of numbers in arguments (docs/protocol/cli.md §1.1). Durations: core/formats/fsd. */

const integer = /^[ \t\n\v\f\r]*([+-]?\d+)$/;
const decimal = /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/;
const hexadecimal = /^[ \t\n\v\f\r]*([+-]?)0[xX]([0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP]([+-]?\d+))?/;
const word = /^[ \t\n\v\f\r]*([+-]?)(infinity|inf|nan)/i;

/** A whole string as a decimal integer, or undefined. Leading blanks and a sign are allowed; what exceeds 2^53 is not. */
export function strtol(text: string): number | undefined {
  const match = integer.exec(text);
  const value = match ? Number(match[1]) : Number.NaN;
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

/** The number at the beginning of `text` and what follows it; no number reads as 0 with everything left, as strtod does. */
export function strtod(text: string): { value: number; rest: string } {
  const hex = hexadecimal.exec(text);
  if (hex) return { value: sign(hex[1]) * hexValue(hex[2]!) * 2 ** Number(hex[3] ?? 0), rest: text.slice(hex[0].length) };
  const dec = decimal.exec(text);
  if (dec) return { value: Number(dec[1]), rest: text.slice(dec[0].length) };
  const named = word.exec(text);
  if (named) {
    const value = named[2]!.toLowerCase() === 'nan' ? Number.NaN : sign(named[1]) * Number.POSITIVE_INFINITY;
    return { value, rest: text.slice(named[0].length) };
  }
  return { value: 0, rest: text };
}

/** A whole, non-empty string as a C floating point number, or undefined. */
export function parseDouble(text: string): number | undefined {
  const { value, rest } = strtod(text);
  return rest === '' && text !== '' ? value : undefined;
}

const sign = (text: string | undefined) => (text === '-' ? -1 : 1);

function hexValue(digits: string): number {
  const [whole = '', fraction = ''] = digits.split('.');
  let value = 0;
  for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16);
  return value / 16 ** fraction.length;
}
