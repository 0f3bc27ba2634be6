/** Python's notations, as the Python commands show and read them. */

/** repr() of a string: single quotes unless it has those and no double ones; what does not print is escaped. */
export function reprString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = '';
  for (const char of text) out += char === quote || char === '\\' ? `\\${char}` : printable.test(char) ? char : escapeChar(char);
  return quote + out + quote;
}

/** ascii() of a string: repr() with all beyond ASCII escaped. */
export function asciiString(text: string): string {
  return [...reprString(text)].map((char) => (char.codePointAt(0)! > 126 ? escapeChar(char) : char)).join('');
}

/** repr() of a list of strings: `['a', 'b']`. */
export function reprList(items: readonly string[]): string {
  return `[${items.map(reprString).join(', ')}]`;
}

/** repr() of a float: the shortest text that reads back the same, always with a point or an exponent. */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e');
  const power = Number(exponent);
  if (value !== 0 && (power < -4 || power >= 16)) return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  const plain = Math.abs(value) >= 1e21 || /e/.test(String(value)) ? positional(value) : String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}

/** int(text): blanks around, a sign, underscores between digits. A bigint beyond 2^53; undefined where Python raises ValueError. */
export function parseInt10(text: string): number | bigint | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?\d+(_\d+)*$/.test(trimmed)) return undefined;
  const value = BigInt(trimmed.replace(/^\+/, '').replaceAll('_', ''));
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** float(text); undefined where Python raises ValueError. */
export function parseFloat10(text: string): number | undefined {
  const trimmed = text.trim();
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(trimmed);
  if (named) return named[2]!.toLowerCase() === 'nan' ? Number.NaN : named[1] === '-' ? -Infinity : Infinity;
  const digits = '\\d+(?:_\\d+)*';
  if (!new RegExp(`^[+-]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:[eE][+-]?${digits})?$`).test(trimmed)) return undefined;
  return Number(trimmed.replaceAll('_', ''));
}

/** The text of the exception that int(text) raises. */
export function intError(text: string): string {
  return `invalid literal for int() with base 10: ${reprString(text)}`;
}

const printable = /^[^\p{C}\p{Zl}\p{Zp}\p{Zs}]$|^ $/u;
const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeChar(char: string): string {
  const code = char.codePointAt(0)!;
  if (named[char]) return named[char];
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

// Numbers from 1e-4 to 1e16 that JavaScript writes with an exponent do not exist, save through toExponential's rounding; kept exact.
function positional(value: number): string {
  return value.toLocaleString('en-US', { useGrouping: false, maximumFractionDigits: 20 });
}
