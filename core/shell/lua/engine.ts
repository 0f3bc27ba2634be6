import type * as Fengari from 'fengari';
import { formatG } from '../../formats/cformat';
import { formatReal } from '../../formats/json';

export type LuaEngine = typeof Fengari;

let engine: LuaEngine | undefined;

/** The Lua interpreter, loaded at its first use: most shells need none. */
export function luaEngine(): LuaEngine {
  if (!engine) {
    printLargeIntegers();
    engine = require('fengari') as LuaEngine;
  }
  return engine;
}

/**
 * Lua 5.3 has integers of 64 bits, this one of 32: larger ones (job ids) are floats here, which Lua would print as `4.5e+10` or `45063602176.0`. Print
 * them as the integers that they stand for. Must come before the interpreter reads its configuration.
 */
function printLargeIntegers(): void {
  require('fengari/src/defs.js'); // the two import each other, this one must be first
  const luaconf = require('fengari/src/luaconf.js') as typeof import('fengari/src/luaconf.js');
  luaconf.LUA_COMPAT_FLOATSTRING = true;
  luaconf.lua_number2str = (n) => {
    if (Number.isSafeInteger(n)) return Object.is(n | 0, n) || n === 0 ? formatReal(n) : String(n);
    return formatG(n, 14);
  };
}
