import type { CFunction, State } from 'fengari';
import type { LuaEngine } from './engine';

/**
 * Functions of the table coroutine that tell coroutines of Lua code from `calls`: these are ours, so that Lua code can wait for the shell, and count as the
 * main program, which can't yield (Lua 5.3 reference manual, §6.2).
 */
export function coroutineLibrary({ lua, lauxlib, to_luastring }: LuaEngine, calls: { has(L: State): boolean }): Record<string, CFunction> {
  return {
    yield: (L) =>
      calls.has(L) ? lauxlib.luaL_error(L, to_luastring('attempt to yield from outside a coroutine')) : lua.lua_yield(L, lua.lua_gettop(L)),
    isyieldable: (L) => {
      lua.lua_pushboolean(L, !calls.has(L) && lua.lua_isyieldable(L));
      return 1;
    },
    running: (L) => {
      const main = lua.lua_pushthread(L);
      lua.lua_pushboolean(L, main || calls.has(L));
      return 2;
    },
  };
}
