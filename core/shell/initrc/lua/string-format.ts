import type { CFunction, State } from 'fengari';
import { formatNumber, type NumberFormat } from '../../../formats/cformat';
import type { LuaEngine } from './engine';
import { type Integer, of as integerOf } from './integers';
import { bytesText, textBytes } from './library';

interface Spec {
  flags: string;
  width: number;
  precision: number | undefined;
  conversion: string;
}

/** string.format of Lua 5.3, over C's printf. An integer is what 5.1 makes of any number: without its fraction. */
export function stringFormat(engine: LuaEngine): CFunction {
  const { lua, lauxlib, to_luastring } = engine;
  return (L) => {
    const format = bytesText(lauxlib.luaL_checkstring(L, 1));
    const count = lua.lua_gettop(L);
    let arg = 1;
    const text = format.replace(/%(?:%|([-+ #0]*)(\d*)(?:(\.)(\d*))?([\s\S]?))/g, (whole, flags, width, dot, precision, conversion) => {
      if (whole === '%%') return '%';
      if (flags.length > 5) return fail(L, 'invalid format (repeated flags)');
      if (width.length > 2 || precision?.length > 2) return fail(L, 'invalid format (width or precision too long)');
      if (++arg > count) return String(lauxlib.luaL_argerror(L, arg, to_luastring('no value')));
      const convert = conversions[conversion];
      if (!convert) return fail(L, `invalid option '${whole}' to 'format'`);
      return convert(engine, L, arg, { flags, width: Number(width), precision: dot ? Number(precision) : undefined, conversion });
    });
    lua.lua_pushstring(L, textBytes(text));
    return 1;
  };

  function fail(L: State, text: string): string {
    return String(lauxlib.luaL_error(L, textBytes(text.replaceAll('%', '%%'))));
  }
}

type Convert = (engine: LuaEngine, L: State, arg: number, spec: Spec) => string;

const decimal: Convert = (engine, L, arg, spec) => {
  const value = BigInt(integerArgument(engine, L, arg));
  return pad(value < 0n ? '-' : signOf(spec), digits((value < 0n ? -value : value).toString(), spec), spec, spec.precision === undefined);
};

const unsigned =
  (radix: number, prefix: string): Convert =>
  (engine, L, arg, spec) => {
    const value = BigInt.asUintN(64, BigInt(integerArgument(engine, L, arg)));
    const shown = digits(value.toString(radix), spec);
    // octal: a zero in front, if there is none yet; hexadecimal: not for zero
    const marked = spec.flags.includes('#') && (radix === 8 ? !shown.startsWith('0') : value !== 0n);
    const text = pad(marked ? prefix : '', shown, spec, spec.precision === undefined);
    return spec.conversion === 'X' ? text.toUpperCase() : text;
  };

const float: Convert = ({ lauxlib }, L, arg, spec) => {
  const value = lauxlib.luaL_checknumber(L, arg);
  const alternate = spec.flags.includes('#');
  const kind = spec.conversion.toLowerCase();
  const format: NumberFormat = { conversion: kind as NumberFormat['conversion'], precision: spec.precision ?? 6, alternate };
  const size = Math.abs(value);
  const text = kind === 'a' ? hexFloat(size, spec.precision, alternate) : formatNumber(size, format);
  // what is no number has the sign that the processor gives to 0/0
  const negative = value < 0 || Object.is(value, -0) || Number.isNaN(value);
  const start = (negative ? '-' : signOf(spec)) + (text.startsWith('0x') ? '0x' : '');
  const padded = pad(start, text.replace(/^0x/, ''), spec, Number.isFinite(value));
  return spec.conversion === kind ? padded : padded.toUpperCase();
};

const conversions: Readonly<Record<string, Convert>> = {
  d: decimal,
  i: decimal,
  u: unsigned(10, ''),
  o: unsigned(8, '0'),
  x: unsigned(16, '0x'),
  X: unsigned(16, '0x'),
  e: float,
  E: float,
  f: float,
  F: float,
  g: float,
  G: float,
  a: float,
  A: float,
  c: (engine, L, arg, spec) => pad('', String.fromCharCode(Number(integerArgument(engine, L, arg)) & 0xff), spec, false),
  s: ({ lua, lauxlib }, L, arg, spec) => {
    const text = bytesText(lauxlib.luaL_tolstring(L, arg));
    lua.lua_pop(L, 1);
    return pad('', text.slice(0, spec.precision), spec, false);
  },
  q: (engine, L, arg) => literal(engine, L, arg),
};

function integerArgument({ lua, lauxlib }: LuaEngine, L: State, arg: number): Integer {
  const exact = lua.lua_tointegerx(L, arg);
  return exact === false ? integerOf(lauxlib.luaL_checkinteger(L, arg)) : exact;
}

const signOf = ({ flags }: Spec): string => (flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '');

/** A precision is the least number of digits; none are left of zero with a precision of zero. */
function digits(text: string, { precision }: Spec): string {
  if (precision === undefined) return text;
  return precision === 0 && text === '0' ? '' : text.padStart(precision, '0');
}

function pad(start: string, text: string, { flags, width }: Spec, zeros: boolean): string {
  if (flags.includes('-')) return (start + text).padEnd(width);
  if (flags.includes('0') && zeros) return start + text.padStart(width - start.length, '0');
  return (start + text).padStart(width);
}

/** `%a` of a number that isn't negative: `0x1.8p+1`. */
function hexFloat(value: number, precision: number | undefined, alternate: boolean): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : 'inf';
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const biased = Number(word >> 52n);
  let exponent = value === 0 ? 0 : Math.max(biased, 1) - 1023;
  // the leading digit and the 52 bits of the fraction
  let mantissa = (word & ((1n << 52n) - 1n)) | (biased > 0 ? 1n << 52n : 0n);
  if (biased === 0 && value !== 0) while (mantissa < 1n << 52n) [mantissa, exponent] = [mantissa << 1n, exponent - 1];
  if (precision !== undefined && precision < 13) {
    const drop = BigInt(4 * (13 - precision));
    const half = 1n << (drop - 1n);
    const [kept, rest] = [mantissa >> drop, mantissa & ((1n << drop) - 1n)];
    mantissa = (kept + (rest > half || (rest === half && kept % 2n === 1n) ? 1n : 0n)) << drop;
  }
  const fraction = (mantissa & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
  const shown = precision === undefined ? fraction.replace(/0+$/, '') : fraction.slice(0, precision).padEnd(precision, '0');
  return `0x${mantissa >> 52n}${shown || alternate ? '.' : ''}${shown}p${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`;
}

/** `%q`: what Lua reads as the same value. */
function literal({ lua, lauxlib, to_luastring }: LuaEngine, L: State, arg: number): string {
  const type = lua.lua_type(L, arg);
  if (type === lua.LUA_TSTRING) return quoted(bytesText(lua.lua_tostring(L, arg)));
  if (type === lua.LUA_TNUMBER && !lua.lua_isinteger(L, arg)) return floatLiteral(lua.lua_tonumber(L, arg));
  if (type !== lua.LUA_TNUMBER && type !== lua.LUA_TNIL && type !== lua.LUA_TBOOLEAN)
    return String(lauxlib.luaL_argerror(L, arg, to_luastring('value has no literal form')));
  const text = bytesText(lauxlib.luaL_tolstring(L, arg));
  lua.lua_pop(L, 1);
  return text === '-9223372036854775808' ? '0x8000000000000000' : text;
}

function quoted(text: string): string {
  const escaped = (char: string, at: number): string => {
    if (char === '"' || char === '\\' || char === '\n') return `\\${char}`;
    const code = String(char.charCodeAt(0));
    return `\\${/\d/.test(text[at + 1] ?? '') ? code.padStart(3, '0') : code}`;
  };
  return `"${text.replace(/["\\\0-\x1f\x7f]/g, escaped)}"`;
}

function floatLiteral(value: number): string {
  if (Number.isNaN(value)) return '(0/0)';
  if (!Number.isFinite(value)) return value > 0 ? '1e9999' : '-1e9999';
  return (value < 0 ? '-' : '') + hexFloat(Math.abs(value), undefined, false);
}
