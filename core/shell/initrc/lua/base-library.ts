import type { CFunction } from 'fengari';
import type { LuaEngine } from './engine';

/** Basic functions that need the machine: memory, and 5.1's newproxy. */
export function baseLibrary({ lua, lauxlib, to_luastring, to_jsstring }: LuaEngine): Record<string, CFunction> {
  const kilobytes = (): number => process.memoryUsage().heapUsed / 1024;
  /** Results of collectgarbage, by option. Memory is collected by JavaScript, when it likes. */
  const options: Readonly<Record<string, number | boolean | string | (() => number)>> = {
    collect: 0,
    stop: 0,
    restart: 0,
    count: kilobytes,
    step: true,
    setpause: 200,
    setstepmul: 200,
    isrunning: true,
    generational: 'incremental',
    incremental: 'incremental',
  };
  return {
    collectgarbage: (L) => {
      const option = lua.lua_isnoneornil(L, 1) ? 'collect' : to_jsstring(lauxlib.luaL_checkstring(L, 1), undefined, undefined, true);
      if (!Object.hasOwn(options, option)) return lauxlib.luaL_argerror(L, 1, to_luastring(`invalid option '${option}'`));
      const given = options[option]!;
      const value = typeof given === 'function' ? given() : given;
      if (typeof value === 'boolean') lua.lua_pushboolean(L, value);
      else if (typeof value === 'string') lua.lua_pushstring(L, to_luastring(value));
      else if (Number.isInteger(value)) lua.lua_pushinteger(L, value);
      else lua.lua_pushnumber(L, value);
      return 1;
    },
    gcinfo: (L) => {
      lua.lua_pushinteger(L, Math.floor(kilobytes()));
      return 1;
    },
    // of true: with a metatable of its own; of another proxy: with the same one
    newproxy: (L) => {
      lua.lua_settop(L, 1);
      lua.lua_newuserdata(L, 0);
      const type = lua.lua_type(L, 1);
      if (type === lua.LUA_TUSERDATA) {
        if (!lua.lua_getmetatable(L, 1)) return lauxlib.luaL_argerror(L, 1, to_luastring('boolean or proxy expected'));
      } else if (lua.lua_toboolean(L, 1)) {
        if (type !== lua.LUA_TBOOLEAN) return lauxlib.luaL_argerror(L, 1, to_luastring('boolean or proxy expected'));
        lua.lua_newtable(L);
      } else return 1;
      lua.lua_setmetatable(L, 2);
      return 1;
    },
  };
}
