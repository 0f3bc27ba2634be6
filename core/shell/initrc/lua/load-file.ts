import fs from 'node:fs';
import type { CFunction } from 'fengari';
import { toFluxError } from '../../../sys/errors';
import type { LuaEngine } from './engine';
import type { LuaHost } from './host';

/** loadfile (Lua 5.3 reference manual, §6.1), from the directory of the shell: a file as a function, or nil and why not. */
export function loadFile({ lua, lauxlib, to_luastring, to_jsstring }: LuaEngine, host: LuaHost): CFunction {
  return (L) => {
    const name = lua.lua_isnoneornil(L, 1) ? undefined : to_jsstring(lauxlib.luaL_checkstring(L, 1), undefined, undefined, true);
    const mode = lua.lua_isnoneornil(L, 2) ? null : lauxlib.luaL_checkstring(L, 2);
    const hasEnvironment = lua.lua_gettop(L) >= 3;
    let source: Buffer;
    try {
      source = fs.readFileSync(name === undefined ? 0 : host.resolve(name));
    } catch (e) {
      const { code, message } = toFluxError(e);
      lua.lua_pushnil(L);
      lua.lua_pushstring(L, to_luastring(`cannot ${code === 'EISDIR' ? 'read' : 'open'} ${name ?? 'stdin'}: ${message}`));
      return 2;
    }
    const code = new Uint8Array(withoutFirstComment(source));
    if (lauxlib.luaL_loadbufferx(L, code, code.length, to_luastring(name === undefined ? '=stdin' : `@${name}`), mode) !== lua.LUA_OK) {
      lua.lua_pushnil(L);
      lua.lua_insert(L, -2);
      return 2;
    }
    if (hasEnvironment) {
      lua.lua_pushvalue(L, 3);
      if (lua.lua_setupvalue(L, -2, 1) === null) lua.lua_pop(L, 1);
    }
    return 1;
  };
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Without a mark of UTF-8, and without a first line that begins with `#`; its end stays, so that lines keep their numbers. */
function withoutFirstComment(source: Buffer): Buffer {
  const text = source.subarray(source.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0);
  if (text[0] !== 0x23) return text;
  const end = text.indexOf(10);
  return text.subarray(end < 0 ? text.length : end);
}
