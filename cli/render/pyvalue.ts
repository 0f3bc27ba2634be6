import { Real } from '../../core/formats/json';
import { localStamp } from '../../core/sys/local-time';
import { asciiString, reprFloat, reprString } from '../args/python';

/** An object of a Python class that format() can't take a spec for (`unsupported format string passed to NAME.__format__`). */
export class PyObject {
  constructor(
    readonly text: string,
    readonly className: string,
    /** The value that takes its place where there is a spec, for a class that takes one. */
    readonly formatted?: PyValue,
  ) {}
}

/** A point in time, in seconds since the epoch; shown in local time. */
export class PyDateTime {
  constructor(readonly seconds: number) {}
}

/** A value to be shown as Python shows it. Numbers are ints unless they have a fraction; Real is a float whatever its value. */
export type PyValue = string | number | bigint | boolean | Real | PyObject | PyDateTime;

/** The float in a value, or undefined if it is none. */
export function floatOf(value: PyValue): number | undefined {
  if (value instanceof Real) return value.value;
  return typeof value === 'number' && !Number.isInteger(value) ? value : undefined;
}

/** str(value) */
export function str(value: PyValue): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value instanceof PyObject) return value.text;
  if (value instanceof PyDateTime) return dateText(value.seconds, ' ', true);
  const float = floatOf(value);
  return float === undefined ? String(value) : reprFloat(float);
}

/** repr(value) */
export function repr(value: PyValue): string {
  return typeof value === 'string' ? reprString(value) : str(value);
}

/** ascii(value) */
export function ascii(value: PyValue): string {
  return typeof value === 'string' ? asciiString(value) : str(value);
}

/** Local time as `YYYY-MM-DD` and `HH:MM:SS`, with microseconds if wanted and not zero. */
export function dateText(seconds: number, separator: string, withMicroseconds: boolean): string {
  // Python rounds to microseconds, half to even; doubles of today leave no tie.
  const microseconds = Math.round(seconds * 1e6);
  const fraction = ((microseconds % 1_000_000) + 1_000_000) % 1_000_000;
  return `${localStamp(Math.floor(microseconds / 1e6), separator)}${withMicroseconds && fraction ? `.${String(fraction).padStart(6, '0')}` : ''}`;
}
