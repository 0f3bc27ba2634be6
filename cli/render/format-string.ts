import { CommandError } from '../args/exit';

/** A piece of a Python format string: literal text, or a field with its conversion and spec. */
export type FormatPart = string | FormatField;

export interface FormatField {
  /** What stands before `!` and `:`; may be empty. */
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
    const char = text[at]!;
    if (char !== '{' && char !== '}') {
      literal += char;
      at++;
    } else if (text[at + 1] === char) {
      literal += char;
      at += 2;
    } else if (char === '}') {
      throw new CommandError("Single '}' encountered in format string");
    } else {
      const end = closingBrace(text, at);
      if (literal) parts.push(literal);
      literal = '';
      parts.push(parseField(text.slice(at + 1, end)));
      at = end + 1;
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

/** The index of the `}` that closes the field which begins at `open`; fields may nest in a spec. */
function closingBrace(text: string, open: number): number {
  if (open + 1 >= text.length) throw new CommandError("Single '{' encountered in format string");
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '{') depth++;
    if (text[at] === '}' && --depth === 0) return at;
  }
  throw new CommandError("expected '}' before end of string");
}

function parseField(body: string): FormatField {
  const stop = body.search(/[!:{]/);
  if (stop < 0) return { field: body, conversion: undefined, spec: '' };
  const field = body.slice(0, stop);
  if (body[stop] === '{') throw new CommandError("unexpected '{' in field name");
  if (body[stop] === ':') return { field, conversion: undefined, spec: body.slice(stop + 1) };
  const [conversion, colon, ...spec] = [...body.slice(stop + 1)];
  if (conversion === undefined) throw new CommandError("unmatched '{' in format spec");
  if (colon !== undefined && colon !== ':') throw new CommandError("expected ':' after conversion specifier");
  return { field, conversion, spec: spec.join('') };
}
