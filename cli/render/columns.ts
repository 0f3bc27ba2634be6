import { formatFsdBrief } from '../../core/formats/fsd';
import { localStamp } from '../../core/sys/local-time';
import { CommandError } from '../args/exit';
import { parseFloat10, reprString } from '../args/python';
import { type FormatPart, joinFormat, parseFormat } from './format-string';
import { pyFormat } from './pyformat';
import { ascii, dateText, PyDateTime, PyObject, type PyValue, repr, str } from './pyvalue';

/**
 * A line format of `flux jobs -o` and its kin (docs/protocol/cli-mini-jobs.md §B3): Python's format strings with the presentation type `h` and
 * the conversions `!D !d !F !H`.
 */
export class ColumnFormat {
  readonly #parts: FormatPart[];

  /** Throws CommandError with Python's text for a malformed format. */
  constructor(format: string) {
    // Doubled braces do not survive: what the first reading makes of them is read again.
    this.#parts = parseFormat(joinFormat(parseFormat(format)));
  }

  /** The names of the fields, in order, empty ones (`{}`) left out. */
  get fields(): string[] {
    return this.#parts.flatMap((part) => (typeof part === 'string' || part.field === '' ? [] : [part.field]));
  }

  /** True if a field has no name (`{}`): it shows nothing. */
  get hasNameless(): boolean {
    return this.#parts.some((part) => typeof part !== 'string' && part.field === '');
  }

  /** The header line, without a newline. */
  header(titleOf: (field: string) => string): string {
    return this.#join((part) => formatColumn(titleOf(part.field), undefined, headerSpec(part.spec), false));
  }

  /** One line, without a newline. */
  line(lookup: (field: string) => PyValue): string {
    return this.#join((part) => formatColumn(lookup(part.field), part.conversion, part.spec));
  }

  #join(format: (part: Exclude<FormatPart, string>) => string): string {
    return this.#parts.map((part) => (typeof part === 'string' ? part : part.field === '' ? '' : format(part))).join('');
  }
}

/** One value with its conversion and spec. `dashes`: whether the type `h` shows an empty value as `-`. */
export function formatColumn(value: PyValue, conversion: string | undefined, spec: string, dashes = true): string {
  const converted = conversion === undefined ? value : convert(value, conversion);
  if (!spec.endsWith('h')) return pyFormat(converted, spec);
  const text = str(converted);
  const dash = dashes && (emptyTexts.has(text) || (conversion === 'D' && text === epochText()));
  return pyFormat(dash ? '-' : text, spec.slice(0, -1));
}

/** The part of a field's spec that its title is shown with: width, alignment and precision, without what applies to numbers and dates only. */
export function headerSpec(spec: string): string {
  const cleaned = spec.replace(/(?:0?\.)?(\d*)[bcdoxXeEfFgGn%]$/, '$1');
  return /^(?:.?[<>=^])?\d/su.test(cleaned) ? cleaned : '';
}

const emptyTexts = new Set(['', '0s', '0.0', '0:00:00']);

/** A time that has not come, in local time. */
const epochText = () => localStamp(0);

function convert(value: PyValue, conversion: string): PyValue {
  switch (conversion) {
    case 's':
      return str(value);
    case 'r':
      return repr(value);
    case 'a':
      return ascii(value);
    case 'd':
      return new PyDateTime(time(value) ?? 0);
    case 'D': {
      const at = time(value);
      return at === undefined ? '' : dateText(at, 'T', false);
    }
    case 'F':
      return isEmpty(value) ? '' : formatFsdBrief(seconds(value));
    case 'H':
      return isEmpty(value) ? '' : clock(seconds(value));
    default:
      throw new CommandError(`Unknown conversion specifier ${conversion}`);
  }
}

/** No value: an empty text, or an annotation that is not there. */
const isEmpty = (value: PyValue): boolean => value === '' || (value instanceof PyObject && value.text === '');

/** The last second of the last day that programs count to (ECMAScript's time range). */
const LAST_TIME = 8_640_000_000_000;

/** A time in seconds since the epoch; undefined if there is none, or one beyond all dates: a job's data may say so. */
function time(value: PyValue): number | undefined {
  if (isEmpty(value)) return undefined;
  const at = seconds(value);
  return Math.abs(at) <= LAST_TIME ? at : undefined;
}

function seconds(value: PyValue): number {
  const number = typeof value === 'string' ? parseFloat10(value) : value instanceof PyObject ? undefined : Number(value);
  if (number === undefined || Number.isNaN(number)) throw new CommandError(`could not convert string to float: ${reprString(str(value))}`);
  return number;
}

/** `[D day[s], ]H:MM:SS`, of whole seconds rounded half to even; what is more than nothing is at least a second. */
function clock(value: number): string {
  const total = value > 0 && value < 1 ? 1 : roundHalfEven(value);
  const days = Math.floor(total / 86400);
  const rest = total - days * 86400;
  const two = (n: number) => String(n).padStart(2, '0');
  const time = `${Math.floor(rest / 3600)}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return days === 0 ? time : `${days} day${Math.abs(days) === 1 ? '' : 's'}, ${time}`;
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  return fraction > 0.5 || (fraction === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
