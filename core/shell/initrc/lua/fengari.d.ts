// What is used here of fengari, a Lua 5.3 in JavaScript, as it is built in (scripts/fengari.mjs); the names are those of Lua's C API (Lua 5.3 reference manual, §4).
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
    readonly LUA_TUSERDATA: number;
    lua_absindex(L: State, index: number): number;
    lua_checkstack(L: State, n: number): boolean;
    lua_createtable(L: State, narray: number, nrecord: number): void;
    lua_error(L: State): number;
    lua_getfield(L: State, index: number, name: LuaString): number;
    lua_getglobal(L: State, name: LuaString): number;
    lua_gettop(L: State): number;
    lua_isinteger(L: State, index: number): boolean;
    lua_isyieldable(L: State): boolean;
    lua_isnoneornil(L: State, index: number): boolean;
    lua_newtable(L: State): void;
    /** The object that a new userdata holds. */
    lua_newuserdata(L: State, size: number): object;
    lua_getmetatable(L: State, index: number): boolean;
    lua_insert(L: State, index: number): void;
    lua_setupvalue(L: State, index: number, n: number): LuaString | null;
    lua_setmetatable(L: State, index: number): void;
    lua_newthread(L: State): State;
    lua_next(L: State, index: number): number;
    lua_pcall(L: State, nargs: number, nresults: number, handler: number): number;
    lua_pop(L: State, n: number): void;
    lua_pushboolean(L: State, value: boolean): void;
    lua_pushcfunction(L: State, fn: CFunction): void;
    lua_pushinteger(L: State, value: number | bigint): void;
    lua_pushnil(L: State): void;
    lua_pushnumber(L: State, value: number): void;
    lua_pushstring(L: State, text: LuaString): void;
    /** Whether it is the main one. */
    lua_pushthread(L: State): boolean;
    lua_pushvalue(L: State, index: number): void;
    lua_rawgeti(L: State, index: number, n: number): number;
    lua_resume(L: State, from: State | null, nargs: number): number;
    lua_setfield(L: State, index: number, name: LuaString): void;
    lua_setglobal(L: State, name: LuaString): void;
    lua_atnativeerror(L: State, handler: CFunction): void;
    lua_rawseti(L: State, index: number, n: number): void;
    /** A function that pushes this value again. */
    lua_toproxy(L: State, index: number): (L: State) => void;
    lua_rawset(L: State, index: number): void;
    /** Pushes the number that a text stands for, and gives the text's length + 1; 0 if it stands for none. */
    lua_stringtonumber(L: State, text: LuaString): number;
    lua_settop(L: State, index: number): void;
    lua_toboolean(L: State, index: number): boolean;
    /** An integer in its one form (integers.ts); false if there is none. */
    lua_tointegerx(L: State, index: number): number | bigint | false;
    lua_tonumber(L: State, index: number): number;
    lua_tostring(L: State, index: number): LuaString;
    lua_touserdata(L: State, index: number): object | null;
    lua_type(L: State, index: number): number;
    lua_typename(L: State, type: number): LuaString;
    lua_xmove(from: State, to: State, n: number): void;
    lua_yield(L: State, nresults: number): number;
  };
  export const lauxlib: {
    luaL_argerror(L: State, arg: number, text: LuaString): number;
    luaL_checkinteger(L: State, arg: number): number;
    luaL_checknumber(L: State, arg: number): number;
    luaL_checkstring(L: State, arg: number): LuaString;
    luaL_error(L: State, text: LuaString): number;
    luaL_newstate(): State;
    luaL_loadbufferx(L: State, code: LuaString, size: number, name: LuaString, mode: LuaString | null): number;
    luaL_loadbuffer(L: State, code: LuaString, size: number, name: LuaString): number;
    luaL_ref(L: State, table: number): number;
    luaL_newmetatable(L: State, name: LuaString): boolean;
    luaL_setmetatable(L: State, name: LuaString): void;
    luaL_testudata(L: State, arg: number, name: LuaString): object | null;
    luaL_checkudata(L: State, arg: number, name: LuaString): object;
    luaL_traceback(L: State, of: State, text: LuaString | null, level: number): void;
    luaL_tolstring(L: State, index: number): LuaString;
    luaL_unref(L: State, table: number, ref: number): void;
  };
  export const lualib: { luaL_openlibs(L: State): void };
  export function to_luastring(text: string): LuaString;
  export function to_jsstring(text: LuaString, from?: number, to?: number, replace?: boolean): string;
}

declare module 'fengari/src/luaconf.js' {
  const luaconf: object;
  export = luaconf;
}
declare module 'fengari/src/defs.js' {
  const defs: object;
  export = defs;
}
