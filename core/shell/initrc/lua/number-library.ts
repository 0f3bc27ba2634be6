import type { CFunction, State } from 'fengari';
import type { LuaEngine } from './engine';
import { add, mul, neg, pow } from './integers';
import { bytesText } from './library';

/** Functions of numbers that the interpreter lacks or has for 32 bits only, by their table: tonumber with a base, 5.1's of math, 5.2's bit32. */
export function numberLibrary(engine: LuaEngine): Record<'_G' | 'math' | 'bit32', Record<string, CFunction>> {
  const { lua, lauxlib } = engine;
  const real =
    (fn: (a: number, b: number) => number, args: 1 | 2 = 1): CFunction =>
    (L) => {
      const first = lauxlib.luaL_checknumber(L, 1);
      lua.lua_pushnumber(L, fn(first, args === 2 ? lauxlib.luaL_checknumber(L, 2) : 0));
      return 1;
    };
  return {
    _G: { tonumber: toNumber(engine) },
    math: {
      pow: real(pow, 2),
      atan2: real(Math.atan2, 2),
      log10: real(Math.log10),
      cosh: real(Math.cosh),
      sinh: real(Math.sinh),
      tanh: real(Math.tanh),
      ldexp: real(scale, 2),
      frexp: (L) => {
        const [fraction, exponent] = split(lauxlib.luaL_checknumber(L, 1));
        lua.lua_pushnumber(L, fraction);
        lua.lua_pushinteger(L, exponent);
        return 2;
      },
    },
    bit32: bit32(engine),
  };
}

/** x * 2^exponent, in steps that are doubles. */
function scale(x: number, exponent: number): number {
  const steps = Math.trunc(Math.max(-2200, Math.min(2200, exponent)));
  const third = Math.trunc(steps / 3);
  return x * 2 ** third * 2 ** third * 2 ** (steps - 2 * third);
}

/** A fraction from 0.5 up to 1, and the power of two to multiply it with. */
function split(x: number): [fraction: number, exponent: number] {
  if (x === 0 || !Number.isFinite(x)) return [x, 0];
  let exponent = Math.max(-1074, Math.floor(Math.log2(Math.abs(x))) + 1);
  let fraction = scale(x, -exponent);
  // the logarithm is not exact
  while (Math.abs(fraction) >= 1) [fraction, exponent] = [fraction / 2, exponent + 1];
  while (Math.abs(fraction) < 0.5) [fraction, exponent] = [fraction * 2, exponent - 1];
  return [fraction, exponent];
}

/** With a base other than 10 a numeral of its digits, else what Lua reads as a number. */
function toNumber({ lua, lauxlib, to_luastring }: LuaEngine): CFunction {
  const standard = (L: State): number => {
    const type = lua.lua_type(L, 1);
    if (type === lua.LUA_TNUMBER) lua.lua_pushvalue(L, 1);
    else if (type !== lua.LUA_TSTRING || lua.lua_stringtonumber(L, lua.lua_tostring(L, 1)) === 0) lua.lua_pushnil(L);
    return 1;
  };
  return (L) => {
    if (lua.lua_gettop(L) === 0) return lauxlib.luaL_argerror(L, 1, to_luastring('value expected'));
    if (lua.lua_isnoneornil(L, 2)) return standard(L);
    const base = lauxlib.luaL_checkinteger(L, 2);
    if (base === 10) return standard(L);
    const text = bytesText(lauxlib.luaL_checkstring(L, 1));
    if (base < 2 || base > 36) return lauxlib.luaL_argerror(L, 2, to_luastring('base out of range'));
    const [, sign, prefix, letters] = /^[ \f\n\r\t\v]*(-?)(0[xX])?([0-9A-Za-z]+)[ \f\n\r\t\v]*$/.exec(text) ?? [];
    const digits = [...(prefix && base !== 16 ? prefix + letters : (letters ?? ''))].map((char) => Number.parseInt(char, 36));
    if (digits.length === 0 || digits.some((digit) => digit >= base)) {
      lua.lua_pushnil(L);
      return 1;
    }
    const value = digits.reduce((sum, digit) => add(mul(sum, base), digit), 0 as number | bigint);
    lua.lua_pushinteger(L, sign ? neg(value) : value);
    return 1;
  };
}

/** Bitwise functions of unsigned integers of 32 bits (Lua 5.2). */
function bit32({ lua, lauxlib, to_luastring }: LuaEngine): Record<string, CFunction> {
  const word = (L: State, arg: number): number => Number(BigInt.asUintN(32, BigInt(lauxlib.luaL_checkinteger(L, arg))));
  const give = (L: State, value: number): number => {
    lua.lua_pushinteger(L, value >>> 0);
    return 1;
  };
  const all = (L: State, fn: (a: number, b: number) => number): number => {
    let value = -1;
    for (let arg = 1; arg <= lua.lua_gettop(L); arg++) value = arg === 1 ? word(L, 1) : fn(value, word(L, arg));
    return value;
  };
  const fold =
    (fn: (a: number, b: number) => number, empty: number): CFunction =>
    (L) =>
      give(L, lua.lua_gettop(L) === 0 ? empty : all(L, fn));
  const shift = (value: number, left: number): number => {
    if (left <= -32 || left >= 32) return 0;
    return left >= 0 ? value << left : value >>> -left;
  };
  const rotate = (value: number, left: number): number => {
    const by = ((left % 32) + 32) % 32;
    return by === 0 ? value : (value << by) | (value >>> (32 - by));
  };
  const shifting =
    (fn: (value: number, by: number) => number): CFunction =>
    (L) =>
      give(L, fn(word(L, 1), lauxlib.luaL_checkinteger(L, 2)));
  const field = (L: State, arg: number): { at: number; mask: number } => {
    const at = lauxlib.luaL_checkinteger(L, arg);
    const width = lua.lua_isnoneornil(L, arg + 1) ? 1 : lauxlib.luaL_checkinteger(L, arg + 1);
    if (at < 0) lauxlib.luaL_argerror(L, arg, to_luastring('field cannot be negative'));
    if (width < 1) lauxlib.luaL_argerror(L, arg + 1, to_luastring('width must be positive'));
    if (at + width > 32) lauxlib.luaL_error(L, to_luastring('trying to access non-existent bits'));
    return { at, mask: width === 32 ? -1 : (1 << width) - 1 };
  };
  return {
    band: fold((a, b) => a & b, -1),
    bor: fold((a, b) => a | b, 0),
    bxor: fold((a, b) => a ^ b, 0),
    bnot: (L) => give(L, ~word(L, 1)),
    btest: (L) => {
      lua.lua_pushboolean(L, (lua.lua_gettop(L) === 0 ? -1 : all(L, (a, b) => a & b)) !== 0);
      return 1;
    },
    lshift: shifting((value, by) => shift(value, by)),
    rshift: shifting((value, by) => shift(value, -by)),
    arshift: shifting((value, by) => (by < 0 ? shift(value, -by) : (value | 0) >> Math.min(by, 31))),
    lrotate: shifting((value, by) => rotate(value, by)),
    rrotate: shifting((value, by) => rotate(value, -by)),
    extract: (L) => {
      const value = word(L, 1);
      const { at, mask } = field(L, 2);
      return give(L, (value >>> at) & mask);
    },
    replace: (L) => {
      const [value, by] = [word(L, 1), word(L, 2)];
      const { at, mask } = field(L, 3);
      return give(L, (value & ~(mask << at)) | ((by & mask) << at));
    },
  };
}
