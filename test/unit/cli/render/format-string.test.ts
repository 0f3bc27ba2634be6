import { type FormatPart, parseFormat } from '../../../../cli/render/format-string';

const shown = (parts: FormatPart[]) =>
  parts.map((part) => (typeof part === 'string' ? part : [part.field, part.conversion ?? null, part.spec]));

describe("Python's format strings", () => {
  test.each([
    ['a{{b}}c', ['a{b}c']],
    ['{id.f58:>12} {name!r:<8}', [['id.f58', null, '>12'], ' ', ['name', 'r', '<8']]],
    [
      '{}{0}',
      [
        ['', null, ''],
        ['0', null, ''],
      ],
    ],
    ['{x[:}]}', [['x[:}]', null, '']]],
    ['{x:{y}}', [['x', null, '{y}']]],
    ['{x!}}', [['x', '}', '']]],
    ['', []],
  ])('%j is read as %j', (text, parts) => {
    expect(shown(parseFormat(text))).toEqual(parts);
  });
  test.each([
    ['a}b', "Single '}' encountered in format string"],
    ['a{', "Single '{' encountered in format string"],
    ['{x', "expected '}' before end of string"],
    ['{x:>5', "unmatched '{' in format spec"],
    ['{x!r', "unmatched '{' in format spec"],
    ['{x!', 'end of string while looking for conversion specifier'],
    ['{x!rr}', "expected ':' after conversion specifier"],
    ['{a{b}}', "unexpected '{' in field name"],
  ])('%j fails: %s', (text, error) => {
    expect(() => parseFormat(text)).toThrow(new Error(error));
  });
});
