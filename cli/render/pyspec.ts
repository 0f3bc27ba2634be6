import { CommandError } from '../args/exit';

/** The parts of `[[fill]align][sign][z][#][0][width][grouping][.precision][type]`. */
export interface Spec {
  fill: string;
  align: string;
  /** `+`, `-`, a blank, or empty. */
  sign: string;
  /** `z`: what is rounded to zero has no sign. */
  zero: boolean;
  alternate: boolean;
  width: number;
  /** `,`, `_`, or empty. */
  grouping: string;
  precision: number | undefined;
  /** Never empty for strings and integers. */
  type: string;
}

/** Alignment and type that a class uses where a spec is silent, and its name in errors. */
export interface SpecDefaults {
  name: string;
  align: '<' | '>';
  type: string;
}

const alignments = '<>=^';

/** Reads a spec of Python's format mini-language. Errors are CommandErrors with Python's texts. */
export function parseSpec(text: string, { name, align: usual, type: plain }: SpecDefaults): Spec {
  const chars = [...text];
  let at = 0;
  let fill = ' ';
  let align: string | undefined;
  if (chars.length > 1 && alignments.includes(chars[1]!)) [fill, align, at] = [chars[0]!, chars[1], 2];
  else if (chars.length > 0 && alignments.includes(chars[0]!)) [align, at] = [chars[0], 1];
  const [, sign = '', zero, alternate, leadingZero, width = '', grouping = '', rest = ''] =
    /^([-+ ]?)(z?)(#?)(0?)(\d*)((?:,?_?)*)(.*)$/su.exec(chars.slice(at).join(''))!;
  // The zero is part of the width where a fill is given.
  if (leadingZero && at < 2) {
    fill = '0';
    if (align === undefined && usual === '>') align = '=';
  }
  if (grouping.length > 1) throw groupingError(grouping, rest, name, text);
  const precision = /^\.(\d*)/.exec(rest);
  if (precision?.[1] === '') throw new CommandError('Format specifier missing precision');
  if ([width, precision?.[1] ?? ''].some((digits) => digits.length > 18)) {
    throw new CommandError('Too many decimal digits in format string');
  }
  const [type = plain, ...more] = [...rest.slice(precision?.[0].length ?? 0)];
  if (more.length > 0) throw invalid(text, name);
  const groupable = 'defgEG%F'.includes(type) || (grouping === '_' && 'boxX'.includes(type));
  if (grouping && !groupable) throw new CommandError(`Cannot specify '${grouping}' with '${shownType(type)}'.`);
  return {
    fill,
    align: align ?? usual,
    sign,
    zero: Boolean(zero),
    alternate: Boolean(alternate),
    width: Number(width || 0),
    grouping,
    precision: precision ? Number(precision[1]) : undefined,
    type,
  };
}

/** A type as errors show it: what is no visible ASCII character by its code. */
export function shownType(type: string): string {
  return /[!-\x7f]/.test(type) ? type : `\\x${type.codePointAt(0)!.toString(16)}`;
}

/** Both separators exclude each other; one of them twice is no spec at all. */
function groupingError(grouping: string, rest: string, name: string, text: string): CommandError {
  if (grouping.startsWith(',_') || grouping.startsWith('_,')) return new CommandError("Cannot specify both ',' and '_'.");
  // The second separator is taken for the type, which has to be the last character.
  const only = grouping.length === 2 && rest === '';
  return only ? new CommandError(`Cannot specify '${grouping[0]}' with '${grouping[1]}'.`) : invalid(text, name);
}

const invalid = (text: string, name: string) => new CommandError(`Invalid format specifier '${text}' for object of type '${name}'`);
