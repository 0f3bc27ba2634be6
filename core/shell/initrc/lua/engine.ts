import type * as Fengari from 'fengari';
import * as integers from './integers';
import { numberText } from './number-text';

/** Fengari, a Lua interpreter in JavaScript: Lua's C API under its own names, in the objects `lua`, `lauxlib`, … */
export type LuaEngine = typeof Fengari;

let engine: LuaEngine | undefined;

/** The Lua interpreter, loaded at its first use: most shells need none. Its integers are ours (scripts/fengari.mjs). */
export function luaEngine(): LuaEngine {
  if (!engine) {
    require('fengari/src/defs.js'); // this and the next import each other, this one must be first
    const luaconf = require('fengari/src/luaconf.js') as typeof import('fengari/src/luaconf.js');
    // before the interpreter reads its configuration
    Object.assign(luaconf, {
      integers,
      LUA_MAXINTEGER: Number(integers.max),
      LUA_MININTEGER: Number(integers.min),
      LUA_COMPAT_FLOATSTRING: true,
      lua_number2str: numberText,
      lua_numbertointeger: integers.ofFloat,
    });
    engine = require('fengari') as LuaEngine;
  }
  return engine;
}
