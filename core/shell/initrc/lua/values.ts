import type { State } from 'fengari';
import type { LuaEngine } from './engine';

/** A Lua function, kept in its state's registry. */
export class LuaFunction {
  constructor(readonly ref: number) {}
}

/** A value of ours that is to be a float in Lua although it is integral. */
export class LuaFloat {
  constructor(readonly value: number) {}
}

/** A Lua value that JSON has no type for: userdata, threads. */
export class LuaOpaque {
  constructor(readonly type: string) {}
}

/** Pushes what JSON can hold as Lua values: arrays are tables from 1, null and undefined nil; bytes are strings. `push` pushes members. */
export function pushValue({ lua, to_luastring }: LuaEngine, L: State, value: unknown, push: (member: unknown) => void): void {
  lua.lua_checkstack(L, 8);
  if (value === null || value === undefined || value instanceof LuaOpaque) lua.lua_pushnil(L);
  else if (typeof value === 'boolean') lua.lua_pushboolean(L, value);
  else if (typeof value === 'number') pushNumber(lua, L, value);
  else if (typeof value === 'bigint') pushBigint(lua, L, value);
  else if (value instanceof LuaFloat) lua.lua_pushnumber(L, value.value);
  else if (typeof value === 'string') lua.lua_pushstring(L, to_luastring(value));
  else if (value instanceof Uint8Array) lua.lua_pushstring(L, value);
  else if (Array.isArray(value))
    pushEntries(
      lua,
      L,
      value.map((member, i) => [i + 1, member] as const),
      push,
    );
  else pushEntries(lua, L, Object.entries(value as object), push);
}

function pushNumber(lua: LuaEngine['lua'], L: State, value: number): void {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) lua.lua_pushinteger(L, value);
  else lua.lua_pushnumber(L, value);
}

/** Pushes an integer, or a float where 64 bits don't hold it. */
function pushBigint(lua: LuaEngine['lua'], L: State, value: bigint): void {
  if (BigInt.asIntN(64, value) === value) lua.lua_pushinteger(L, value);
  else lua.lua_pushnumber(L, Number(value));
}

function pushEntries(
  lua: LuaEngine['lua'],
  L: State,
  entries: readonly (readonly [unknown, unknown])[],
  push: (value: unknown) => void,
): void {
  lua.lua_createtable(L, 0, entries.length);
  for (const [key, value] of entries) {
    push(key);
    push(value);
    lua.lua_rawset(L, -3);
  }
}

/**
 * Reads a Lua value: a table whose keys are all integral numbers (and that is not empty) is an array in their order, any other an object. nil is
 * undefined. `readFunction` keeps a function.
 */
export function readValue(engine: LuaEngine, L: State, index: number, readFunction: (index: number) => LuaFunction): unknown {
  const { lua, to_jsstring } = engine;
  switch (lua.lua_type(L, index)) {
    case lua.LUA_TNIL:
      return undefined;
    case lua.LUA_TBOOLEAN:
      return lua.lua_toboolean(L, index);
    case lua.LUA_TNUMBER:
      return readNumber(lua, L, index);
    case lua.LUA_TSTRING:
      return to_jsstring(lua.lua_tostring(L, index), undefined, undefined, true);
    case lua.LUA_TTABLE:
      return readTable(engine, L, lua.lua_absindex(L, index), readFunction);
    case lua.LUA_TFUNCTION:
      return readFunction(index);
    default:
      return new LuaOpaque(to_jsstring(lua.lua_typename(L, lua.lua_type(L, index))));
  }
}

/** An integer beyond 2^53 is a bigint. */
function readNumber(lua: LuaEngine['lua'], L: State, index: number): number | bigint {
  const integer = lua.lua_isinteger(L, index) && lua.lua_tointegerx(L, index);
  return integer === false ? lua.lua_tonumber(L, index) : integer;
}

function readTable(engine: LuaEngine, L: State, index: number, readFunction: (index: number) => LuaFunction): unknown {
  const { lua } = engine;
  const keys: unknown[] = [];
  const values: unknown[] = [];
  lua.lua_checkstack(L, 8);
  lua.lua_pushnil(L);
  while (lua.lua_next(L, index) !== 0) {
    values.push(readValue(engine, L, -1, readFunction));
    lua.lua_pop(L, 1);
    keys.push(readValue(engine, L, -1, readFunction));
  }
  if (keys.length > 0 && keys.every((key) => Number.isInteger(key))) return inOrder(keys as number[], values);
  return Object.fromEntries(keys.map((key, i) => [String(key), values[i]]));
}

function inOrder(keys: readonly number[], values: readonly unknown[]): unknown[] {
  const order = keys.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]!);
  return order.map((i) => values[i]);
}

/** The type's name, if a value is (or holds) one that JSON has no type for. */
export function unexpectedType(value: unknown): string | undefined {
  if (value instanceof LuaFunction) return 'function';
  if (value instanceof LuaOpaque) return value.type;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const member of Object.values(value)) {
    const type = unexpectedType(member);
    if (type !== undefined) return type;
  }
  return undefined;
}
