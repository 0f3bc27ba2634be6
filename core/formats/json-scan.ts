import { MAX_DEPTH } from './json-encode';

/** Integers of fewer digits are exact in a double. */
const LONG_INTEGER = 16;
const LARGE_EXPONENT = /[0-9.][eE]\+?[0-9]{3}/g;
const SURROGATE = /\\u[dD][89a-fA-F]/;

/**
 * Whether JSON.parse might lose something of a JSON text or wrongly accept it: integers of 16 digits and more, exponents that may overflow,
 * surrogates that may be lone. It doesn't tell strings from the rest, so it may be wrong about a text that needs no care. Much faster than
 * JSON.parse itself.
 */
export function isBeyondJsonParse(text: string): boolean {
  return hasLongInteger(text) || hasLargeExponent(text) || (text.includes('\\u') && SURROGATE.test(text));
}

/** Whether a JSON text may nest deeper than MAX_DEPTH: brackets are counted in strings too. */
export function mayBeTooDeep(text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false;
  const room = roomLeft(text, '{', roomLeft(text, '[', MAX_DEPTH));
  return room < 0 && nestsTooDeep(text);
}

/** `room` less the occurrences of `char`; what is below 0 isn't counted to its end. */
function roomLeft(text: string, char: string, room: number): number {
  let left = room;
  for (let at = text.indexOf(char); at >= 0 && left >= 0; at = text.indexOf(char, at + 1)) left--;
  return left;
}

function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i) | 0x20; // '[' and '{', ']' and '}' differ by this bit
    if (char === 0x7b && ++depth > MAX_DEPTH) return true;
    if (char === 0x7d) depth--;
  }
  return false;
}

/** So many digits in a row cover an index that is a multiple of their number: no other is looked at first. */
function hasLongInteger(text: string): boolean {
  for (let i = 0; i < text.length; i += LONG_INTEGER) {
    if (!isDigit(text.charCodeAt(i))) continue;
    let first = i;
    let last = i;
    while (isDigit(text.charCodeAt(first - 1))) first--;
    while (last - first < LONG_INTEGER && isDigit(text.charCodeAt(last + 1))) last++;
    if (last - first + 1 >= LONG_INTEGER && beginsNumber(text, first)) return true;
  }
  return false;
}

function hasLargeExponent(text: string): boolean {
  LARGE_EXPONENT.lastIndex = 0;
  while (LARGE_EXPONENT.test(text)) {
    let first = LARGE_EXPONENT.lastIndex - 4;
    while (!isDigit(text.charCodeAt(first)) && text[first] !== '.') first--;
    while (isDigit(text.charCodeAt(first - 1)) || text[first - 1] === '.') first--;
    if (beginsNumber(text, first)) return true;
  }
  return false;
}

/** Whether the digits at `at` may begin a number: with or without a sign, at the text's beginning or behind white space, `:`, `,` or `[`. */
function beginsNumber(text: string, at: number): boolean {
  const before = text[at - 1] === '-' ? at - 2 : at - 1;
  return before < 0 || text.charCodeAt(before) <= 0x20 || ':,['.includes(text[before]!);
}

// False for NaN, which is the code of what lies beyond the text.
const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
