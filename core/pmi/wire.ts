/** Lengths of PMI-1 strings in bytes, with room for C's final NUL: what get_maxes answers. */
export const pmiLimits = { kvsname: 64, key: 64, value: 1024 } as const;

/** Longest line of the protocol, in bytes, newline included. */
export const MAX_LINE = 1216;

/** Result codes of PMI-1 (`rc=N`). */
export const PmiCode = {
  success: 0,
  fail: -1,
  init: 1,
  nomem: 2,
  arg: 3,
  key: 4,
  keyLength: 5,
  value: 6,
  valueLength: 7,
  length: 8,
} as const;

const texts: Readonly<Record<number, string>> = {
  [-1]: 'operation failed',
  0: 'operation completed successfully',
  1: 'PMI not initialized',
  2: 'input buffer not large enough',
  3: 'invalid argument',
  4: 'invalid key argument',
  5: 'invalid key length argument',
  6: 'invalid val argument',
  7: 'invalid val length argument',
  8: 'invalid length argument',
};

/** A result code in words. */
export function pmiText(code: number): string {
  return texts[code] ?? `pmi error ${code}`;
}

/** The word after `key=`, which stands at the line's start or after white space; undefined if it is missing. */
export function wordOf(line: string, key: string): string | undefined {
  const at = valueStart(line, key);
  return at < 0 ? undefined : /^\S*/.exec(line.slice(at))![0];
}

/** All that follows `key=` to the end of the line (values and messages may hold blanks); undefined if it is missing. */
export function restOf(line: string, key: string): string | undefined {
  const at = valueStart(line, key);
  return at < 0 ? undefined : line.slice(at);
}

/** The word after `key=` as a decimal integer; undefined if it is missing or none. */
export function integerOf(line: string, key: string): number | undefined {
  const word = wordOf(line, key);
  return word !== undefined && /^-?\d+$/.test(word) ? Number(word) : undefined;
}

function valueStart(line: string, key: string): number {
  const wanted = `${key}=`;
  for (let at = line.indexOf(wanted); at >= 0; at = line.indexOf(wanted, at + 1))
    if (at === 0 || /\s/.test(line[at - 1]!)) return at + wanted.length;
  return -1;
}
