import { strftime } from '../../core/formats/strftime';
import { CommandError } from '../args/exit';
import { reprFloat } from '../args/python';
import { exponential, fixed, general } from './floats';
import { parseSpec, type Spec, shownType } from './pyspec';
import { floatOf, PyDateTime, PyObject, type PyValue, str } from './pyvalue';

/** format(value, spec) of Python. Errors are CommandErrors with Python's texts. */
export function pyFormat(value: PyValue, spec: string): string {
  if (value instanceof PyDateTime) return spec === '' ? str(value) : strftime(spec, value.seconds);
  if (spec === '') return str(value);
  if (value instanceof PyObject && value.formatted !== undefined) return pyFormat(value.formatted, spec);
  if (value instanceof PyObject) throw new CommandError(`unsupported format string passed to ${value.className}.__format__`);
  if (typeof value === 'string') return formatString(value, parseSpec(spec, { name: 'str', align: '<', type: 's' }));
  const float = floatOf(value);
  if (float !== undefined) return formatFloat(float, parseSpec(spec, { name: 'float', align: '>', type: '' }), 'float');
  // A bool with a spec is the integer 1 or 0.
  const name = typeof value === 'boolean' ? 'bool' : 'int';
  return formatInt(BigInt(value as number | bigint | boolean), parseSpec(spec, { name, align: '>', type: 'd' }), name);
}

function formatString(value: string, spec: Spec): string {
  if (spec.type !== 's') throw unknownCode(spec.type, 'str');
  if (spec.sign) throw notAllowed(spec.sign === ' ' ? 'Space' : 'Sign', 'in string format specifier');
  if (spec.zero) throw notAllowed('Negative zero coercion (z)', 'in string format specifier');
  if (spec.alternate) throw notAllowed('Alternate form (#)', 'in string format specifier');
  if (spec.align === '=') throw notAllowed("'=' alignment", 'in string format specifier');
  return pad('', spec.precision === undefined ? value : [...value].slice(0, spec.precision).join(''), spec);
}

const bases: Readonly<Record<string, [base: number, prefix: string]>> = { b: [2, '0b'], o: [8, '0o'], x: [16, '0x'], X: [16, '0X'] };

function formatInt(value: bigint, spec: Spec, name: string): string {
  if ('eEfFgG%'.includes(spec.type)) return formatFloat(Number(value), spec, name);
  if (!'dncboxX'.includes(spec.type)) throw unknownCode(spec.type, name);
  if (spec.zero) throw notAllowed('Negative zero coercion (z)', 'in integer format specifier');
  if (spec.precision !== undefined) throw notAllowed('Precision', 'in integer format specifier');
  if (spec.type === 'c') return formatCharacter(value, spec);
  const [base, prefix] = bases[spec.type] ?? [10, ''];
  const magnitude = (value < 0n ? -value : value).toString(base);
  const sign = signOf(value < 0n, spec) + (spec.alternate ? prefix : '');
  const digits = spec.type === 'X' ? magnitude.toUpperCase() : magnitude;
  return pad(sign, group(digits, spec, spec.width - sign.length, base === 10 ? 3 : 4), spec);
}

function formatCharacter(value: bigint, spec: Spec): string {
  if (spec.sign) throw notAllowed('Sign', "with integer format specifier 'c'");
  if (spec.alternate) throw notAllowed('Alternate form (#)', "with integer format specifier 'c'");
  if (value < 0n || value > 0x10ffffn) throw new CommandError('%c arg not in range(0x110000)');
  return pad('', String.fromCodePoint(Number(value)), spec);
}

function formatFloat(value: number, spec: Spec, name: string): string {
  if (spec.type && !'eEfFgGn%'.includes(spec.type)) throw unknownCode(spec.type, name);
  const text = floatDigits(Math.abs(value), spec);
  const [whole = '', rest = ''] = Number.isFinite(value) ? text.split(/(?=[.e%])(.*)/s) : ['', text];
  const negative = (value < 0 || Object.is(value, -0)) && !(spec.zero && /^[0.%]*(e.*)?$/.test(text));
  const sign = signOf(negative, spec);
  const digits = whole && group(whole, spec, spec.width - sign.length - rest.length, 3);
  return pad(sign, 'EFG'.includes(spec.type || '-') ? (digits + rest).toUpperCase() : digits + rest, spec);
}

/** The digits of a number that is not negative, NaN or infinity; `#` keeps the point, and the zeros of %g. */
function floatDigits(value: number, { type, precision, alternate }: Spec): string {
  if (!Number.isFinite(value)) return (Number.isNaN(value) ? 'nan' : 'inf') + (type === '%' ? '%' : '');
  const pointed = (text: string) => (alternate && !text.includes('.') ? text.replace(/^\d+/, '$&.') : text);
  switch (type.toLowerCase()) {
    case 'f':
      return pointed(fixed(value, precision ?? 6));
    case 'e':
      return pointed(exponential(value, precision ?? 6));
    case '%':
      return `${pointed(fixed(value * 100, precision ?? 6))}%`;
    case 'g':
    case 'n':
      return pointed(general(value, precision ?? 6, alternate));
    default:
      return pointed(precision === undefined ? reprFloat(value) : shortest(value, Math.max(precision, 1), alternate));
  }
}

/** A float with a precision and no type: %g, but with a digit behind the point wherever there is no exponent. */
function shortest(value: number, precision: number, alternate: boolean): string {
  const text = general(value, precision, alternate, precision - 1);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function signOf(negative: boolean, { sign }: Spec): string {
  return negative ? '-' : sign === '-' ? '' : sign;
}

/** Digits in groups of `size`. Where the number is filled with zeros to `width`, these are grouped too. */
function group(digits: string, { grouping, fill, align }: Spec, width: number, size: number): string {
  if (!grouping) return digits;
  let count = digits.length;
  if (fill === '0' && align === '=') while (count + Math.floor((count - 1) / size) < width) count++;
  return digits.padStart(count, '0').replace(new RegExp(`\\B(?=(?:[0-9a-fA-F]{${size}})+$)`, 'g'), grouping);
}

function pad(sign: string, body: string, { fill, align, width }: Spec): string {
  const room = Math.max(width - [...sign].length - [...body].length, 0);
  switch (align) {
    case '<':
      return sign + body + fill.repeat(room);
    case '^':
      return fill.repeat(room >> 1) + sign + body + fill.repeat(room - (room >> 1));
    case '=':
      return sign + fill.repeat(room) + body;
    default:
      return fill.repeat(room) + sign + body;
  }
}

function unknownCode(type: string, name: string): CommandError {
  return new CommandError(`Unknown format code '${shownType(type)}' for object of type '${name}'`);
}

function notAllowed(what: string, where: string): CommandError {
  return new CommandError(`${what} not allowed ${where}`);
}
