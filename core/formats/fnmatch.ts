/** Flags of fnmatch(3). */
export const FNM = {
  /** Wildcards and brackets do not match `/`. */
  PATHNAME: 1,
  /** A backslash is an ordinary character. */
  NOESCAPE: 2,
  /** A leading period must be matched by a period. */
  PERIOD: 4,
  /** Case is ignored. */
  CASEFOLD: 16,
} as const;

type Element =
  | { kind: 'char'; char: string }
  | { kind: 'any' }
  | { kind: 'star' }
  | { kind: 'set'; negated: boolean; has: (char: string) => boolean };

/** True if `text` matches the shell pattern as a whole, by the rules of C's fnmatch(3): `*`, `?`, `[a-z]`, `[!…]`, `[[:alpha:]]`, backslash escapes. */
export function fnmatch(pattern: string, text: string, flags = 0): boolean {
  return compileFnmatch(pattern, flags)(text);
}

/** A function that matches texts against one pattern. */
export function compileFnmatch(pattern: string, flags = 0): (text: string) => boolean {
  const fold = (char: string) => (flags & FNM.CASEFOLD ? char.toLowerCase() : char);
  const elements = parsePattern([...pattern], flags, fold);
  return (text) => matches(elements, [...text], flags, fold);
}

function matches(elements: Element[], chars: string[], flags: number, fold: (char: string) => string): boolean {
  let [e, c] = [0, 0];
  let star = -1; // the last star seen, and where the text it takes ends
  let starEnd = 0;
  for (;;) {
    const element = elements[e];
    if (element?.kind === 'star') {
      if (leadingPeriod(chars, c, flags)) return false;
      star = e++;
      starEnd = c;
    } else if (c === chars.length) {
      return e === elements.length;
    } else if (element !== undefined && matchesOne(element, chars, c, flags, fold)) {
      e++;
      c++;
    } else {
      if (star < 0 || (flags & FNM.PATHNAME && chars[starEnd] === '/')) return false;
      c = ++starEnd;
      e = star + 1;
    }
  }
}

function matchesOne(element: Element, chars: string[], at: number, flags: number, fold: (char: string) => string): boolean {
  const char = chars[at]!;
  if (element.kind === 'char') return fold(char) === element.char;
  if (flags & FNM.PATHNAME && char === '/') return false;
  if (leadingPeriod(chars, at, flags)) return false;
  return element.kind === 'any' || (element.kind === 'set' && element.has(char) !== element.negated);
}

function leadingPeriod(chars: string[], at: number, flags: number): boolean {
  return (flags & FNM.PERIOD) !== 0 && chars[at] === '.' && (at === 0 || ((flags & FNM.PATHNAME) !== 0 && chars[at - 1] === '/'));
}

function parsePattern(chars: string[], flags: number, fold: (char: string) => string): Element[] {
  const elements: Element[] = [];
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!;
    const set = char === '[' ? parseSet(chars, i, flags, fold) : undefined;
    if (set) {
      elements.push(set.element);
      i = set.end;
    } else if (char === '*') {
      if (elements.at(-1)?.kind !== 'star') elements.push({ kind: 'star' });
    } else if (char === '?') elements.push({ kind: 'any' });
    else if (char === '\\' && !(flags & FNM.NOESCAPE)) elements.push({ kind: 'char', char: fold(chars[++i] ?? '') });
    else elements.push({ kind: 'char', char: fold(char) });
  }
  return elements;
}

const classes: Readonly<Record<string, RegExp>> = {
  alnum: /^[A-Za-z0-9]$/,
  alpha: /^[A-Za-z]$/,
  blank: /^[ \t]$/,
  cntrl: /^[\u0000-\u001f\u007f]$/,
  digit: /^[0-9]$/,
  graph: /^[!-~]$/,
  lower: /^[a-z]$/,
  print: /^[ -~]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[ \t\n\v\f\r]$/,
  upper: /^[A-Z]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};

// The bracket expression that begins at `start`; undefined if it does not end, when `[` stands for itself.
function parseSet(
  chars: string[],
  start: number,
  flags: number,
  fold: (char: string) => string,
): { element: Element; end: number } | undefined {
  const tests: ((char: string) => boolean)[] = [];
  let i = start + 1;
  const negated = chars[i] === '!' || chars[i] === '^';
  if (negated) i++;
  const literal = (): string => (chars[i] === '\\' && !(flags & FNM.NOESCAPE) ? (chars[++i] ?? '') : chars[i]!);
  for (let first = true; ; first = false, i++) {
    if (i >= chars.length || (flags & FNM.PATHNAME && chars[i] === '/')) return undefined;
    if (chars[i] === ']' && !first) break;
    const named = /^\[:([a-z]+):\]/.exec(chars.slice(i, i + 12).join(''));
    if (named && classes[named[1]!]) {
      const members = classes[named[1]!]!;
      tests.push((char) => members.test(char));
      i += named[0].length - 1;
      continue;
    }
    const lo = literal();
    if (chars[i + 1] !== '-' || chars[i + 2] === ']' || i + 2 >= chars.length) {
      tests.push((char) => fold(char) === fold(lo));
      continue;
    }
    i += 2;
    const hi = literal();
    tests.push((char) => between(lo, char, hi) || between(fold(lo), fold(char), fold(hi)));
  }
  return { element: { kind: 'set', negated, has: (char) => tests.some((test) => test(char)) }, end: i };
}

function between(lo: string, char: string, hi: string): boolean {
  const at = char.codePointAt(0)!;
  return at >= (lo.codePointAt(0) ?? 0) && at <= (hi.codePointAt(0) ?? 0);
}
