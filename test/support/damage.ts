import { isJsonObject } from '../../core';

/** What stands in the place of a value that a damaged text has lost. */
const strangers: readonly unknown[] = [null, true, -1, 2 ** 60, 1e300, 'x', [], {}];

/** Copies of a JSON value in each of which one member, at any depth, is gone or something else: `what` says which, `value` is the copy. */
export function* damagedValues(value: unknown, path = ''): Generator<{ what: string; value: unknown }> {
  if (path !== '') for (const stranger of strangers) yield { what: `${path} is ${JSON.stringify(stranger)}`, value: stranger };
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries())
      for (const { what, value: damaged } of damagedValues(item, `${path}[${i}]`)) yield { what, value: value.with(i, damaged) };
  } else if (isJsonObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const { [key]: _, ...rest } = value;
      yield { what: `${path}.${key} is missing`, value: rest };
      for (const { what, value: damaged } of damagedValues(member, `${path}.${key}`)) yield { what, value: { ...value, [key]: damaged } };
    }
  }
}

/** What a text, or any value, may become: `undefined` is gone. */
export function damagedTexts(text: string): { what: string; value: string | Buffer | undefined }[] {
  return [
    { what: 'is missing', value: undefined },
    { what: 'is empty', value: '' },
    { what: 'is cut off', value: text.slice(0, text.length / 2) },
    { what: 'is no JSON', value: `x${text}` },
    { what: 'is a number', value: '5\n' },
    { what: 'is an array', value: '[]\n' },
    { what: 'is null', value: 'null\n' },
    { what: 'is an object without members', value: '{}\n' },
    { what: 'is nested beyond all measure', value: `${'['.repeat(600)}${']'.repeat(600)}\n` },
    { what: 'is no UTF-8', value: Buffer.from([0xff, 0xfe, 0x0a]) },
  ];
}
