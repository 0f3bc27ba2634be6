/**
 * Numbers in order, each item an offset from the last value of the item before (docs/protocol/shell.md §9.10): `d` one value, `[d,k]` a run of k+1
 * consecutive values, `[d,-k]` the value k+1 times.
 */
export type NumberList = (number | [number, number])[];

/** Strings in order: a plain one, or a prefix with the numbers that follow it (-1: none). */
export type StringList = (string | [string, NumberList])[];

export function encodeNumbers(values: readonly number[]): NumberList {
  const list: NumberList = [];
  let last = 0;
  for (let i = 0; i < values.length; ) {
    const first = values[i]!;
    const step = values[i + 1] === first ? 0 : 1;
    let count = 1;
    while (i + count < values.length && values[i + count] === first + step * count) count++;
    const offset = first - last;
    if (count === 1) list.push(offset);
    else list.push([offset, step === 0 ? 1 - count : count - 1]);
    last = first + step * (count - 1);
    i += count;
  }
  return list;
}

export function decodeNumbers(list: NumberList): number[] {
  const values: number[] = [];
  for (const item of list) {
    const [offset, more] = typeof item === 'number' ? [item, 0] : item;
    const first = (values.at(-1) ?? 0) + offset;
    for (let i = 0; i <= Math.abs(more); i++) values.push(more > 0 ? first + i : first);
  }
  return values;
}

export function encodeStrings(values: readonly string[]): StringList {
  const list: StringList = [];
  for (let i = 0; i < values.length; ) {
    const { prefix } = split(values[i]!);
    let end = i + 1;
    while (end < values.length && split(values[end]!).prefix === prefix) end++;
    const numbers = values.slice(i, end).map((value) => split(value).number);
    list.push(numbers.length === 1 ? values[i]! : [prefix, encodeNumbers(numbers)]);
    i = end;
  }
  return list;
}

export function decodeStrings(list: StringList): string[] {
  return list.flatMap((item) => {
    if (typeof item === 'string') return [item];
    const [prefix, numbers] = item;
    return decodeNumbers(numbers).map((number) => (number < 0 ? prefix : `${prefix}${number}`));
  });
}

// Trailing digits that are no safe integer stay in the prefix.
function split(value: string): { prefix: string; number: number } {
  const [, prefix, digits] = /^(.*?)(\d{0,15})$/s.exec(value)!;
  return { prefix: prefix!, number: digits === '' ? -1 : Number(digits) };
}
