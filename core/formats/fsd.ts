import { FluxError } from '../sys/errors';
import { formatG } from './cformat';

const unitSeconds: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 };

const C_NUMBER =
  /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?|((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?))/;
const PYTHON_NUMBER = /^\s*[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+(?:_[0-9]+)*)?\s*$/;

/**
 * Seconds of a Flux Standard Duration (RFC 23) as the C commands read it: a C number and an optional unit `s`, `m`, `h` or `d`. An empty number is 0.
 * @throws FluxError EINVAL
 */
export function parseFsd(text: string): number {
  const match = C_NUMBER.exec(text);
  const unit = unitSeconds[match ? text.slice(match[0].length) : text];
  const seconds = (match ? numberOf(match) : 0) * (unit ?? Number.NaN);
  return checked(seconds, text);
}

/**
 * Seconds of a duration as `flux mini` reads it: a decimal number, blanks around it allowed, and an optional unit at the very end.
 * @throws FluxError EINVAL with the text `invalid Flux standard duration`
 */
export function parseFsdOption(text: string): number {
  const unit = /[smhd]$/.exec(text)?.[0] ?? '';
  const number = unit ? text.slice(0, -1) : text;
  return checked(
    PYTHON_NUMBER.test(number) ? Number(number.replaceAll('_', '')) * unitSeconds[unit]! : Number.NaN,
    text,
    'invalid Flux standard duration',
  );
}

/** Text of a duration in the unit that its size suggests, with `precision` significant digits: `1.5m`. @throws FluxError EINVAL */
export function formatFsd(seconds: number, precision = 6): string {
  checked(seconds, String(seconds));
  const unit = seconds < 60 ? 's' : seconds < 3600 ? 'm' : seconds < 86400 ? 'h' : 'd';
  return `${formatG(seconds / unitSeconds[unit]!, precision)}${unit}`;
}

/** Text of a duration as `flux jobs` prints it (conversion `!F`): milliseconds below 10 s, four significant digits above. */
export function formatFsdBrief(seconds: number): string {
  if (seconds < 0.001) return '0s';
  if (seconds < 10) return `${seconds.toFixed(3)}s`;
  return formatFsd(seconds, 4);
}

function numberOf(match: RegExpExecArray): number {
  const [, sign, hex, hexFraction, binaryExponent, decimal] = match;
  const magnitude = decimal === undefined ? hexNumber(hex ?? '', hexFraction ?? '', Number(binaryExponent ?? 0)) : Number(decimal);
  return sign === '-' ? -magnitude : magnitude;
}

function hexNumber(digits: string, fraction: string, exponent: number): number {
  if (digits + fraction === '') return Number.NaN;
  return Number.parseInt(`0${digits}${fraction}`, 16) * 2 ** (exponent - 4 * fraction.length);
}

function checked(seconds: number, text: string, message = `invalid duration: ${text}`): number {
  if (!Number.isFinite(seconds) || seconds < 0) throw new FluxError('EINVAL', message);
  return seconds + 0; // -0 is 0
}
