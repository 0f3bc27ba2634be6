import { LineSplitter } from '../../../core/shell/task/line-splitter';

/** What comes out for each chunk that goes in, and at the end. */
function split(lines: boolean, limit: number, ...chunks: string[]): (string[] | string | undefined)[] {
  const splitter = new LineSplitter(lines, limit);
  return [...chunks.map((chunk) => [...splitter.push(Buffer.from(chunk))].map(String)), splitter.end()?.toString()];
}

describe('what a task prints', () => {
  test('goes line by line, the last unfinished one at the end', () => {
    expect(split(true, 100, 'a\nb', 'c\n', '\nd')).toEqual([['a\n'], ['bc\n'], ['\n'], 'd']);
  });

  test('goes at once where lines don’t matter, but a line at a time', () => {
    expect(split(false, 100, 'a\nb', 'c\nd\n')).toEqual([['a\n', 'b'], ['c\n', 'd\n'], undefined]);
  });

  test('goes in pieces where a line is too long', () => {
    expect(split(true, 4, 'abcdefgh', 'ij\nk')).toEqual([['abcd', 'efgh'], ['ij\n'], 'k']);
  });

  test('keeps every byte, however it is cut', () => {
    const text = Array.from({ length: 300 }, (_, i) => 'x'.repeat(i % 17) + (i % 3 ? '\n' : '')).join('');
    for (const size of [1, 2, 7, 64, 1000]) {
      for (const lines of [true, false]) {
        const chunks = text.match(new RegExp(`[^]{1,${size}}`, 'g'))!;
        expect(
          split(lines, 10, ...chunks)
            .flat()
            .join(''),
        ).toBe(text);
      }
    }
  });
});
