import { encodeJson, encodeString } from '../../core/formats/json-encode';
import { Raw, Real } from '../../core/formats/json-values';

/** JSON over several lines, one blank a level, `": "` behind keys: how the C commands print a response. Reals keep their fraction. */
export function indentedJson(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null || value instanceof Real || value instanceof Raw) return encodeJson(value);
  const indent = `\n${' '.repeat(depth + 1)}`;
  const items = Array.isArray(value)
    ? value.map((item) => indentedJson(item, depth + 1))
    : Object.entries(value)
        .filter(([, member]) => member !== undefined)
        .map(([key, member]) => `${encodeString(key)}: ${indentedJson(member, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return items.length === 0 ? `${open}${close}` : `${open}${indent}${items.join(`,${indent}`)}\n${' '.repeat(depth)}${close}`;
}
