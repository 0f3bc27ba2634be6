import { CommandError } from '../args/exit';

/** A piece of a Python format string: literal text, or a field with its conversion and spec. */
export type FormatPart = string | FormatField;

/** A replacement field, `{field!conversion:spec}`; without a spec that is empty. */
export interface FormatField {
  /** The text before `!` and `:`; may be empty. */
  field: string;
  /** The letter after `!`. */
  conversion: string | undefined;
  spec: string;
}

/** string.Formatter().parse(): the parts of a format string; `{{` and `}}` are literal braces. Errors are CommandErrors with Python's texts. */
export function parseFormat(text: string): FormatPart[] {
  const parts: FormatPart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    const char = text[at++]!;
    if (char !== '{' && char !== '}') {
      literal += char;
    } else if (text[at] === char) {
      literal += char;
      at++;
    } else {
      if (char === '}' || at === text.length) throw new CommandError(`Single '${char}' encountered in format string`);
      if (literal) parts.push(literal);
      literal = '';
      const { field, end } = parseField(text, at);
      parts.push(field);
      at = end;
    }
  }
  if (literal) parts.push(literal);
  return parts;
}

/** The text of a format string from its parts. */
export function joinFormat(parts: readonly FormatPart[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : fieldText(part))).join('');
}

function fieldText({ field, conversion, spec }: FormatField): string {
  return `{${field}${conversion === undefined ? '' : `!${conversion}`}${spec ? `:${spec}` : ''}}`;
}

/** The field that begins at `start`, behind its `{`, and the index after its `}`. */
function parseField(text: string, start: number): { field: FormatField; end: number } {
  const stop = endOfName(text, start);
  const field = { field: text.slice(start, stop), conversion: undefined, spec: '' };
  switch (text[stop]) {
    case '}':
      return { field, end: stop + 1 };
    case ':':
      return withSpec(text, stop + 1, field);
    case '!':
      return withConversion(text, stop + 1, field);
    case '{':
      throw new CommandError("unexpected '{' in field name");
    default:
      throw new CommandError("expected '}' before end of string");
  }
}

/** The index of what ends a field's name; in square brackets all is part of it. */
function endOfName(text: string, start: number): number {
  let at = start;
  while (at < text.length && !'{}:!'.includes(text[at]!)) {
    if (text[at] === '[') while (at < text.length && text[at] !== ']') at++;
    else at++;
  }
  return at;
}

function withConversion(text: string, start: number, field: FormatField): { field: FormatField; end: number } {
  const conversion = [...text.slice(start)][0];
  if (conversion === undefined) throw new CommandError('end of string while looking for conversion specifier');
  const next = start + conversion.length;
  if (text[next] === '}') return { field: { ...field, conversion }, end: next + 1 };
  if (next < text.length && text[next] !== ':') throw new CommandError("expected ':' after conversion specifier");
  return withSpec(text, next + 1, { ...field, conversion });
}

/** The spec ends at the `}` that closes the field; fields may nest in it. */
function withSpec(text: string, start: number, field: FormatField): { field: FormatField; end: number } {
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return { field: { ...field, spec: text.slice(start, at) }, end: at + 1 };
  }
  throw new CommandError("unmatched '{' in format spec");
}
