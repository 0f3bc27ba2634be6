// What is used here of fengari, a Lua 5.3 in JavaScript; the names are those of Lua's C API (Lua 5.3 reference manual, §4).
declare module 'fengari' {
  type LuaString = Uint8Array;
  /** An opaque Lua state or coroutine. */
  export interface State {
    readonly __state: unique symbol;
  }
  export type CFunction = (L: State) => number;
  export const lua: {
    readonly LUA_OK: number;
    readonly LUA_YIELD: number;
    readonly LUA_REGISTRYINDEX: number;
    readonly LUA_TNIL: number;
    readonly LUA_TBOOLEAN: number;
    readonly LUA_TNUMBER: number;
    readonly LUA_TSTRING: number;
    readonly LUA_TTABLE: number;
    readonly LUA_TFUNCTION: number;
    lua_absindex(L: State, index: number): number;
    lua_checkstack(L: State, n: number): boolean;
    lua_createtable(L: State, narray: number, nrecord: number): void;
    lua_error(L: State): number;
    lua_getfield(L: State, index: number, name: LuaString): number;
    lua_getglobal(L: State, name: LuaString): number;
    lua_gettop(L: State): number;
    lua_isinteger(L: State, index: number): boolean;
    lua_newthread(L: State): State;
    lua_next(L: State, index: number): number;
    lua_pcall(L: State, nargs: number, nresults: number, handler: number): number;
    lua_pop(L: State, n: number): void;
    lua_pushboolean(L: State, value: boolean): void;
    lua_pushcfunction(L: State, fn: CFunction): void;
    lua_pushinteger(L: State, value: number): void;
    lua_pushnil(L: State): void;
    lua_pushnumber(L: State, value: number): void;
    lua_pushstring(L: State, text: LuaString): void;
    lua_pushvalue(L: State, index: number): void;
    lua_rawgeti(L: State, index: number, n: number): number;
    lua_resume(L: State, from: State | null, nargs: number): number;
    lua_setfield(L: State, index: number, name: LuaString): void;
    lua_setglobal(L: State, name: LuaString): void;
    lua_rawset(L: State, index: number): void;
    lua_settop(L: State, index: number): void;
    lua_toboolean(L: State, index: number): boolean;
    lua_tonumber(L: State, index: number): number;
    lua_tostring(L: State, index: number): LuaString;
    lua_type(L: State, index: number): number;
    lua_typename(L: State, type: number): LuaString;
    lua_xmove(from: State, to: State, n: number): void;
    lua_yield(L: State, nresults: number): number;
  };
  export const lauxlib: {
    luaL_newstate(): State;
    luaL_loadbuffer(L: State, code: LuaString, size: number, name: LuaString): number;
    luaL_ref(L: State, table: number): number;
    luaL_tolstring(L: State, index: number): LuaString;
    luaL_unref(L: State, table: number, ref: number): void;
  };
  export const lualib: { luaL_openlibs(L: State): void };
  export function to_luastring(text: string): LuaString;
  export function to_jsstring(text: LuaString, from?: number, to?: number, replace?: boolean): string;
}

declare module 'fengari/src/luaconf.js' {
  const luaconf: { LUA_COMPAT_FLOATSTRING: boolean; lua_number2str: (n: number) => string };
  export = luaconf;
}
