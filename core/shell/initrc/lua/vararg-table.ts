import type { CFunction, State } from 'fengari';
import type { LuaEngine } from './engine';
import { bytesText } from './library';

/** The interpreter's own data that is used here: the call of a function, and the stack it works on. */
interface Internals {
  ci: { previous: { func?: { value?: { p?: Prototype } }; funcOff: number; l_base: number } };
  stack: object[];
}
interface Prototype {
  is_vararg: boolean;
  numparams: number;
  linedefined: number;
}

/**
 * `__index` of the globals: in a vararg function 5.1 has its arguments in the local `arg`, with their number in `arg.n`. Here that is what the global `arg`
 * is as long as it is nil, one table for each call.
 */
export function varargTable({ lua, to_luastring }: LuaEngine): CFunction {
  /** By the first slot of a call's registers, which is a new object in each call. */
  const tables = new WeakMap<object, (L: State) => void>();
  const build = (L: State, stack: Internals['stack'], base: number, count: number): void => {
    lua.lua_createtable(L, count, 1);
    for (let i = 1; i <= count; i++) {
      const { type, value } = stack[base - count + i - 1] as { type: number; value: unknown };
      if (type === lua.LUA_TNIL) continue;
      lua.lua_pushnil(L);
      Object.assign(stack[(L as unknown as { top: number }).top - 1]!, { type, value });
      lua.lua_rawseti(L, -2, i);
    }
    lua.lua_pushinteger(L, count);
    lua.lua_setfield(L, -2, to_luastring('n'));
  };
  return (L) => {
    const state = L as unknown as Internals;
    const caller = state.ci.previous;
    const prototype = caller.func?.value?.p; // none: called from here
    const isArg = lua.lua_type(L, 2) === lua.LUA_TSTRING && bytesText(lua.lua_tostring(L, 2)) === 'arg';
    if (!isArg || !prototype?.is_vararg || prototype.linedefined === 0) {
      lua.lua_pushnil(L);
      return 1;
    }
    const slot = state.stack[caller.l_base]!;
    const known = tables.get(slot);
    if (known) known(L);
    else {
      build(L, state.stack, caller.l_base, Math.max(0, caller.l_base - caller.funcOff - prototype.numparams - 1));
      tables.set(slot, lua.lua_toproxy(L, -1));
    }
    return 1;
  };
}
