import { FNM, fnmatch } from '../../../core/formats/fnmatch';

describe('fnmatch', () => {
  test.each<[string, string, boolean, number?]>([
    ['*', '', true],
    ['*', 'a.b/c', true],
    ['a*c', 'abc', true],
    ['a*c', 'abd', false],
    ['a*b*c', 'aXbYbZc', true],
    ['?', '', false],
    ['?', 'é', true],
    ['??', 'a', false],
    ['job.state.*', 'job.state.run', true],
    ['job.state.*', 'job.event.run', false],
    ['[abc]', 'b', true],
    ['[!abc]', 'b', false],
    ['[^abc]', 'd', true],
    ['[a-c]x', 'bx', true],
    ['[]a]', ']', true],
    ['[!]a]', 'b', true],
    ['[a', '[a', true],
    ['[a-]', '-', true],
    ['[[:digit:]]*', '7x', true],
    ['[[:alpha:]_]', '_', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['\\*', '\\x', true, FNM.NOESCAPE],
    ['[\\]]', ']', true],
    ['*', 'a/b', false, FNM.PATHNAME],
    ['*/*', 'a/b', true, FNM.PATHNAME],
    ['?', '/', false, FNM.PATHNAME],
    ['[/]', '/', false, FNM.PATHNAME],
    ['*', '.a', false, FNM.PERIOD],
    ['.*', '.a', true, FNM.PERIOD],
    ['?a', '.a', false, FNM.PERIOD],
    ['*/*', 'x/.a', false, FNM.PATHNAME | FNM.PERIOD],
    ['*/*', 'x/.a', true, FNM.PERIOD],
    ['ABC*', 'abcd', true, FNM.CASEFOLD],
    ['[A-C]', 'b', true, FNM.CASEFOLD],
    ['a**b', 'ab', true],
    ['*a', 'aaaaab', false],
    ['', '', true],
    ['', 'a', false],
  ])('%j on %j: %p', (pattern, text, expected, flags = 0) => {
    expect(fnmatch(pattern, text, flags)).toBe(expected);
  });

  test('takes no exponential time', () => {
    expect(fnmatch(`${'*a'.repeat(30)}b`, 'a'.repeat(3000))).toBe(false);
  });
});
