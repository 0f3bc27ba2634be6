import { encodeString, formatReal, Raw, Real } from './json';

/** How a real is written: C's `%.17g` (formatReal) or Python's shortest form (reprFloat). */
export type RealFormat = (value: number) => string;

/** JSON on one line with `", "` and `": "` between its parts, as Python's json.dumps() and `flux job list` write it; UTF-8 unescaped. */
export function spacedJson(value: unknown, realText: RealFormat = formatReal): string {
  if (value instanceof Real) return realText(value.value);
  if (value instanceof Raw) return value.text;
  if (typeof value === 'string') return encodeString(value);
  if (typeof value === 'number' && !Number.isInteger(value)) return realText(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => spacedJson(item, realText)).join(', ')}]`;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members.map(([key, member]) => `${encodeString(key)}: ${spacedJson(member, realText)}`).join(', ')}}`;
}
