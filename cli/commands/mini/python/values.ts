import { Real } from '../../../../core/formats/json';
import { reprFloat, reprString } from '../../../args/python';
import { CommandError } from '../../../command';

/** A Python function. */
export type PyFunction = (args: PyVal[], named: ReadonlyMap<string, PyVal>) => PyVal;

/** A module or another object whose attributes are fixed. */
export class PyNamespace {
  constructor(
    readonly name: string,
    readonly members: Readonly<Record<string, PyVal>>,
  ) {}
}

/** A Python value: numbers are ints, Real a float, arrays lists and tuples. */
export type PyVal = null | boolean | number | Real | string | PyVal[] | Map<PyVal, PyVal> | PyFunction | PyNamespace;

/** str(value) */
export function pyText(value: PyVal): string {
  return typeof value === 'string' ? value : pyRepr(value);
}

/** repr(value) */
export function pyRepr(value: PyVal): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return reprString(value);
  if (value instanceof Real) return reprFloat(value.value);
  if (Array.isArray(value)) return `[${value.map(pyRepr).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${pyRepr(key)}: ${pyRepr(item)}`).join(', ')}}`;
  if (value instanceof PyNamespace) return `<module '${value.name}'>`;
  return typeof value === 'function' ? '<function>' : String(value);
}

/** bool(value) */
export function truth(value: PyVal): boolean {
  if (value instanceof Real) return value.value !== 0;
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value);
}

/** The number in a value; undefined if it is none. Booleans are numbers. */
export function numeric(value: PyVal): number | undefined {
  if (value instanceof Real) return value.value;
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

/** The items of a value that can be looped over. */
export function items(value: PyVal): PyVal[] {
  if (typeof value === 'string') return [...value];
  if (Array.isArray(value)) return value;
  if (value instanceof Map) return [...value.keys()];
  throw new CommandError(`'${typeName(value)}' object is not iterable`);
}

export function typeName(value: PyVal): string {
  if (value === null) return 'NoneType';
  if (value instanceof Real) return 'float';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Map) return 'dict';
  if (value instanceof PyNamespace) return 'module';
  return { boolean: 'bool', number: 'int', string: 'str', function: 'function' }[typeof value as string] ?? 'object';
}

/** `f(args…)` */
export function call(f: PyVal, ...args: PyVal[]): PyVal {
  if (typeof f !== 'function') throw new CommandError(`'${typeName(f)}' object is not callable`);
  return f(args, new Map());
}

/** == */
export function equal(a: PyVal, b: PyVal): boolean {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return x === y;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => equal(item, b[i]!));
  return a === b;
}

/** < 0, 0 or > 0. Only values of a kind have an order. */
export function compare(a: PyVal, b: PyVal): number {
  const [x, y] = [numeric(a), numeric(b)];
  if (x !== undefined && y !== undefined) return x - y;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (!equal(a[i]!, b[i]!)) return compare(a[i]!, b[i]!);
    return a.length - b.length;
  }
  throw new CommandError(`'<' not supported between instances of '${typeName(a)}' and '${typeName(b)}'`);
}
