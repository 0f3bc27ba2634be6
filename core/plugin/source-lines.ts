/** A piece of compiled code, from its column on, as decoded source maps have it: column, file, line and column of the source, from 0. */
type Segment = readonly number[];

/**
 * Compiled code with its pieces on the lines that they have in the source, so that stacks name the right ones without a source map. `code` has no
 * line breaks but inside of template literals (esbuild: minifyWhitespace); `mappings` is its decoded source map, line by line.
 */
export function keepLines(code: string, mappings: readonly (readonly Segment[])[]): string {
  const inOrder = longestInOrder(mappings.flat().filter((segment) => segment.length > 1));
  let kept = '';
  let line = 0;
  for (const [i, text] of code.split('\n').entries()) {
    if (i > 0) {
      kept += '\n';
      line++;
    }
    let done = 0;
    for (const segment of mappings[i] ?? []) {
      const [column = 0, , wanted = 0] = segment;
      kept += text.slice(done, column);
      done = column;
      if (wanted <= line || !inOrder.has(segment) || !mayBreak(kept, text.slice(column, column + 2))) continue;
      kept += '\n'.repeat(wanted - line);
      line = wanted;
    }
    kept += text.slice(done);
  }
  return kept;
}

/** Where a line break would end a statement, or make `=>` one of its own (ECMA-262, automatic semicolon insertion): nowhere else it has a meaning. */
const ENDS_RESTRICTED = /\b(?:return|throw|break|continue|yield|async)\s*$/;
const RESTRICTED = ['=>', '++', '--'];

const mayBreak = (before: string, next: string): boolean => !RESTRICTED.includes(next) && !ENDS_RESTRICTED.test(before.slice(-12));

/** The compiler moves a few pieces (imports to the top, decorators behind their class): those whose lines only grow are most, and stay where they are. */
function longestInOrder(segments: readonly Segment[]): Set<Segment> {
  const line = (index: number) => segments[index]![2]!;
  const ends: number[] = []; // by length, the end of the sequence that ends on the lowest line
  const previous: (number | undefined)[] = [];
  for (let i = 0; i < segments.length; i++) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (line(ends[middle]!) <= line(i)) low = middle + 1;
      else high = middle;
    }
    previous[i] = low > 0 ? ends[low - 1] : undefined;
    ends[low] = i;
  }
  const found = new Set<Segment>();
  for (let i = ends.at(-1); i !== undefined; i = previous[i]) found.add(segments[i]!);
  return found;
}
