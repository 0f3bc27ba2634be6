import type { CFunction, State } from 'fengari';
import type { LuaEngine } from './engine';

/** Puts functions in a global table, which is made if there is none; `_G` is the one of the globals. */
export function addFunctions(
  { lua, to_luastring }: LuaEngine,
  L: State,
  table: string,
  functions: Readonly<Record<string, CFunction>>,
): void {
  lua.lua_getglobal(L, to_luastring(table));
  if (lua.lua_type(L, -1) !== lua.LUA_TTABLE) {
    lua.lua_pop(L, 1);
    lua.lua_newtable(L);
    lua.lua_pushvalue(L, -1);
    lua.lua_setglobal(L, to_luastring(table));
  }
  for (const [name, fn] of Object.entries(functions)) {
    lua.lua_pushcfunction(L, fn);
    lua.lua_setfield(L, -2, to_luastring(name));
  }
  lua.lua_pop(L, 1);
}

/** Bytes as text of one character each, and back: what Lua's strings are. */
export const bytesText = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
/** Text of one character a byte, as bytes; of a character beyond 255 the low eight bits. */
export const textBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
