import { formatZpl, parseZpl, zplValue } from '../../../core/formats/zpl';

test('names, values and levels are read; comments and blank lines are not', () => {
  const root = parseZpl('# head\n\nversion = 1.0\napps\n    listener\n        context = 1 # all\n    main = "a # b"\nlast = \'x "y"\'\n');
  expect(zplValue(root, 'version')).toBe('1.0');
  expect(zplValue(root, 'apps', 'listener', 'context')).toBe('1');
  expect(zplValue(root, 'apps', 'main')).toBe('a # b');
  expect(zplValue(root, 'last')).toBe('x "y"');
  expect(zplValue(root, 'apps')).toBeUndefined();
  expect(zplValue(root, 'none', 'main')).toBeUndefined();
});

test('what is no property is refused with its line', () => {
  for (const [text, line] of [
    ['a\n  b = 1\n', 2],
    ['    a = 1\n', 1],
    ['a = "x\n', 1],
    ['a\n\tb = 1\n', 2],
    ['a b\n', 1],
  ] as const) {
    expect(() => parseZpl(text)).toThrow(`line ${line}: not a property`);
  }
});

test('what is written is read again', () => {
  const text = formatZpl({ one: { a: '#1 {}', 'b-c': '' }, two: {} });
  expect(text).toBe('one\n    a = "#1 {}"\n    b-c = ""\ntwo\n');
  expect(zplValue(parseZpl(text), 'one', 'a')).toBe('#1 {}');
  expect(zplValue(parseZpl(text), 'one', 'b-c')).toBe('');
});
