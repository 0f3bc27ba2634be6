import { Real } from '../../../../core/formats/json';
import { asciiString } from '../../../args/python';
import { CommandError } from '../../../command';
import { pyFormat } from '../../../render/pyformat';
import { numeric, type PyVal, pyRepr, pyText, typeName } from './values';

/** The value of `a OPERATOR b`. */
export function binary(operator: string, a: PyVal, b: PyVal): PyVal {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return arithmetic(operator, x, y, a instanceof Real || b instanceof Real);
  if (operator === '+' && typeof a === 'string' && typeof b === 'string') return a + b;
  if (operator === '+' && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (operator === '*' && y !== undefined) return repeated(a, y);
  if (operator === '*' && x !== undefined) return repeated(b, x);
  if (operator === '%' && typeof a === 'string') return printf(a, Array.isArray(b) ? b : [b]);
  throw new CommandError(`unsupported operand type(s) for ${operator}: '${typeName(a)}' and '${typeName(b)}'`);
}

function arithmetic(operator: string, x: number, y: number, isFloat: boolean): PyVal {
  if (y === 0 && ['/', '//', '%'].includes(operator)) throw new CommandError('division by zero');
  const result = (value: number): PyVal => (isFloat ? new Real(value) : value);
  switch (operator) {
    case '+':
      return result(x + y);
    case '-':
      return result(x - y);
    case '*':
      return result(x * y);
    case '/':
      return new Real(x / y);
    case '//':
      return result(Math.floor(x / y));
    case '%':
      return result(x - y * Math.floor(x / y));
    default:
      return isFloat || y < 0 ? new Real(x ** y) : x ** y;
  }
}

function repeated(value: PyVal, times: number): PyVal {
  if (typeof value === 'string') return value.repeat(Math.max(times, 0));
  if (Array.isArray(value)) return Array.from({ length: Math.max(times, 0) }, () => value).flat();
  throw new CommandError(`can't multiply '${typeName(value)}'`);
}

/** The `%` operator of strings. */
function printf(format: string, values: PyVal[]): string {
  let next = 0;
  return format.replace(/%(?:%|([-+ 0#]*)(\d*)((?:\.\d+)?)([sdrifgex]))/g, (_, flags, width, precision, type) => {
    if (type === undefined) return '%';
    const value = values[next++];
    if (value === undefined) throw new CommandError('not enough arguments for format string');
    const align = flags.includes('-') ? '<' : '>';
    const fill = flags.includes('0') && align === '>' ? '0' : '';
    if (type === 's' || type === 'r') return pyFormat(type === 's' ? pyText(value) : pyRepr(value), `${align}${width}${precision}`);
    const number = 'di'.includes(type) ? Math.trunc(numeric(value) ?? Number.NaN) : value;
    return pyFormat(
      plain(number),
      `${fill ? '' : align}${flags.replace(/[-0]/g, '')}${fill}${width}${precision}${type === 'i' ? 'd' : type}`,
    );
  });
}

/** A field of an f-string or of str.format(). */
export function formatted(value: PyVal, conversion: string | undefined, spec: string): string {
  if (conversion === 'r') return pyFormat(pyRepr(value), spec);
  if (conversion === 'a') return pyFormat(asciiString(pyText(value)), spec);
  return pyFormat(conversion === 's' ? pyText(value) : plain(value), spec);
}

/** What format() knows; anything else by its text. */
function plain(value: PyVal): string | number | boolean | Real {
  return typeof value === 'number' || typeof value === 'boolean' || value instanceof Real ? value : pyText(value);
}

/** `value[INDEX]`, or `value[FROM:TO:STEP]` if there are several parts. */
export function subscript(value: PyVal, parts: (PyVal | undefined)[]): PyVal {
  if (value instanceof Map) {
    const [key = null] = parts;
    for (const [name, item] of value) if (name === key) return item;
    throw new CommandError(`KeyError: ${pyRepr(key)}`);
  }
  if (typeof value !== 'string' && !Array.isArray(value)) throw new CommandError(`'${typeName(value)}' object is not subscriptable`);
  const list: PyVal[] = typeof value === 'string' ? [...value] : value;
  if (parts.length > 1) {
    const picked = slice(list, parts);
    return typeof value === 'string' ? picked.join('') : picked;
  }
  const index = integer(parts[0] ?? null);
  const item = list[index < 0 ? index + list.length : index];
  if (item === undefined) throw new CommandError(`${typeName(value) === 'str' ? 'string' : 'list'} index out of range`);
  return item;
}

function slice(list: readonly PyVal[], [from, to, step]: (PyVal | undefined)[]): PyVal[] {
  const by = step === undefined || step === null ? 1 : integer(step);
  if (by === 0) throw new CommandError('slice step cannot be zero');
  const bound = (part: PyVal | undefined, fallback: number) => {
    if (part === undefined || part === null) return fallback;
    const at = integer(part);
    const fromStart = at < 0 ? at + list.length : at;
    return by > 0 ? Math.min(Math.max(fromStart, 0), list.length) : Math.min(Math.max(fromStart, -1), list.length - 1);
  };
  const [start, end] = by > 0 ? [bound(from, 0), bound(to, list.length)] : [bound(from, list.length - 1), bound(to, -1)];
  const picked: PyVal[] = [];
  for (let i = start; by > 0 ? i < end : i > end; i += by) picked.push(list[i]!);
  return picked;
}

function integer(value: PyVal): number {
  if (value instanceof Real) throw new CommandError('indices must be integers, not float');
  const number = numeric(value);
  if (number === undefined) throw new CommandError(`indices must be integers, not ${typeName(value)}`);
  return number;
}
