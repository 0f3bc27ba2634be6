import { CommandError } from '../args/exit';
import { reprFloat } from '../args/python';
import { exponential, fixed, general } from './floats';
import { floatOf, PyDateTime, PyObject, type PyValue, str } from './pyvalue';
import { strftime } from './strftime';

/** The parts of `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`. */
interface Spec {
  fill: string;
  align: string | undefined;
  sign: string;
  alternate: boolean;
  width: number;
  grouping: string;
  precision: number | undefined;
  type: string;
}

/** format(value, spec) of Python. Errors are CommandErrors with Python's texts. */
export function pyFormat(value: PyValue, spec: string): string {
  if (value instanceof PyDateTime) return spec === '' ? str(value) : strftime(spec, value.seconds);
  if (spec === '') return str(value);
  if (value instanceof PyObject && value.formatted !== undefined) return pyFormat(value.formatted, spec);
  if (value instanceof PyObject) throw new CommandError(`unsupported format string passed to ${value.className}.__format__`);
  if (typeof value === 'string') return formatString(value, parseSpec(spec, 'str'));
  const float = floatOf(value);
  if (float !== undefined) return formatFloat(float, parseSpec(spec, 'float'), 'float');
  // A bool with a spec is the integer 1 or 0.
  const integer = typeof value === 'boolean' ? BigInt(value) : BigInt(value as number | bigint);
  return formatInt(integer, parseSpec(spec, typeof value === 'boolean' ? 'bool' : 'int'));
}

function parseSpec(text: string, kind: string): Spec {
  const chars = [...text];
  let at = 0;
  let fill = ' ';
  let align: string | undefined;
  if ('<>=^'.includes(chars[1] ?? '-')) [fill, align, at] = [chars[0]!, chars[1], 2];
  else if ('<>=^'.includes(chars[0] ?? '-')) [align, at] = [chars[0], 1];
  const match = /^([-+ ]?)(z?)(#?)(0?)(\d*)([,_]?)(?:\.(\d+))?(.?)$/su.exec(chars.slice(at).join(''));
  if (!match) throw new CommandError(`Invalid format specifier${text.includes('.') && /\.(?!\d)/.test(text) ? ': missing precision' : ''}`);
  const [, sign = '', , alternate, zero, width, grouping = '', precision, type = ''] = match;
  if (zero && fill === ' ' && at < 2) fill = '0';
  if (zero && align === undefined && kind !== 'str') align = '=';
  return {
    fill,
    align,
    sign,
    alternate: Boolean(alternate),
    width: Number(width || 0),
    grouping,
    precision: precision === undefined ? undefined : Number(precision),
    type,
  };
}

function formatString(value: string, spec: Spec): string {
  if (spec.type !== '' && spec.type !== 's') throw unknownCode(spec.type, 'str');
  if (spec.sign) throw new CommandError('Sign not allowed in string format specifier');
  if (spec.alternate) throw new CommandError('Alternate form (#) not allowed in string format specifier');
  if (spec.align === '=') throw new CommandError("'=' alignment not allowed in string format specifier");
  if (spec.grouping) throw new CommandError(`Cannot specify '${spec.grouping}' with 's'.`);
  const chars = [...value];
  const text = spec.precision === undefined ? value : chars.slice(0, spec.precision).join('');
  return pad('', text, spec, '<');
}

const bases: Record<string, [base: number, prefix: string]> = { b: [2, '0b'], o: [8, '0o'], x: [16, '0x'], X: [16, '0X'] };

function formatInt(value: bigint, spec: Spec): string {
  if ('eEfFgG%'.includes(spec.type) && spec.type !== '') return formatFloat(Number(value), spec, 'int');
  if (!['', 'd', 'n', 'c', 'b', 'o', 'x', 'X'].includes(spec.type)) throw unknownCode(spec.type, 'int');
  if (spec.precision !== undefined) throw new CommandError('Precision not allowed in integer format specifier');
  if (spec.type === 'c') {
    if (spec.sign) throw new CommandError("Sign not allowed with integer format specifier 'c'");
    if (value < 0n || value > 0x10ffffn) throw new CommandError('%c arg not in range(0x110000)');
    return pad('', String.fromCodePoint(Number(value)), spec, '<');
  }
  const [base, prefix] = bases[spec.type] ?? [10, ''];
  if (spec.grouping === ',' && base !== 10) throw new CommandError(`Cannot specify ',' with '${spec.type}'.`);
  const magnitude = (value < 0n ? -value : value).toString(base);
  const digits = group(spec.type === 'X' ? magnitude.toUpperCase() : magnitude, spec.grouping, base === 10 ? 3 : 4);
  return pad(signOf(value < 0n, spec) + (spec.alternate ? prefix : ''), digits, spec, '>');
}

function formatFloat(value: number, spec: Spec, kind: string): string {
  if (!['', 'e', 'E', 'f', 'F', 'g', 'G', 'n', '%'].includes(spec.type)) throw unknownCode(spec.type, kind);
  const negative = value < 0 || Object.is(value, -0);
  const digits = floatDigits(Math.abs(value), spec);
  const [whole = '', rest = ''] = digits.split(/(?=[.e%])(.*)/s);
  const upper = spec.type === 'E' || spec.type === 'F' || spec.type === 'G';
  const body = Number.isFinite(value) ? group(whole, spec.grouping, 3) + rest : digits;
  return pad(signOf(negative && !Number.isNaN(value), spec), upper ? body.toUpperCase() : body, spec, '>');
}

function floatDigits(value: number, { type, precision, alternate }: Spec): string {
  if (!Number.isFinite(value)) return (Number.isNaN(value) ? 'nan' : 'inf') + (type === '%' ? '%' : '');
  switch (type.toLowerCase()) {
    case 'f':
      return fixed(value, precision ?? 6);
    case 'e':
      return exponential(value, precision ?? 6);
    case '%':
      return `${fixed(value * 100, precision ?? 6)}%`;
    case 'g':
    case 'n':
      return general(value, precision ?? 6, alternate);
    default: {
      // No type: repr, or %g with at least one digit after the point.
      if (precision === undefined) return reprFloat(value);
      const text = general(value, precision, alternate);
      return /[.e]/.test(text) ? text : `${text}.0`;
    }
  }
}

function signOf(negative: boolean, { sign }: Spec): string {
  return negative ? '-' : sign === '-' ? '' : sign;
}

function group(digits: string, separator: string, size: number): string {
  if (!separator) return digits;
  return digits.replace(new RegExp(`\\B(?=(?:[0-9a-fA-F]{${size}})+(?![0-9a-fA-F]))`, 'g'), separator);
}

function pad(sign: string, body: string, { fill, align, width }: Spec, byDefault: string): string {
  const room = Math.max(width - [...sign].length - [...body].length, 0);
  switch (align ?? byDefault) {
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

function unknownCode(type: string, kind: string): CommandError {
  return new CommandError(`Unknown format code '${type}' for object of type '${kind}'`);
}
