import type { State } from 'fengari';
import { errorText } from '../../../sys/errors';
import { baseLibrary } from './base-library';
import { coroutineLibrary } from './coroutine-library';
import { type LuaEngine, luaEngine } from './engine';
import { addFunctions } from './library';
import { numberLibrary } from './number-library';
import { stringFormat } from './string-format';
import { LuaFunction, LuaOpaque, pushValue, readValue } from './values';
import { varargTable } from './vararg-table';

/** An error of Lua code: its message, with file and line as Lua gives them. */
export class LuaError extends Error {
  override readonly name = 'LuaError';
}

/** Thrown by a function of ours because of an argument: Lua says which function it was. */
export class LuaArgumentError extends Error {
  override readonly name = 'LuaArgumentError';

  constructor(
    readonly argument: number,
    text: string,
  ) {
    super(text);
  }
}

/** A text that Lua code hands over, as luaL_checkstring takes it: numbers are texts, too. @throws LuaArgumentError */
export function textArgument(value: unknown, argument: number): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  throw new LuaArgumentError(argument, `string expected, got ${typeName(value)}`);
}

/** A number that Lua code hands over, as luaL_checknumber takes it: numerals are numbers, too. @throws LuaArgumentError */
export function numberArgument(value: unknown, argument: number): number {
  const number = typeof value === 'bigint' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : value;
  if (typeof number === 'number' && !Number.isNaN(number)) return number;
  throw new LuaArgumentError(argument, `number expected, got ${typeName(value)}`);
}

const typeName = (value: unknown): string =>
  value === undefined
    ? 'no value'
    : value instanceof LuaFunction
      ? 'function'
      : value instanceof LuaOpaque
        ? value.type
        : luaNames[typeof value]!;
const luaNames: Readonly<Record<string, string>> = { string: 'string', number: 'number', boolean: 'boolean', object: 'table' };

/** A function of ours that Lua calls with its arguments. It returns its results; a promise suspends the Lua code until it is settled. A throw is a Lua error. */
export type HostFunction = (...args: unknown[]) => readonly unknown[] | Promise<readonly unknown[]>;

/** A Lua interpreter with the standard libraries. */
export class LuaState {
  readonly engine: LuaEngine;
  readonly #L: State;
  /** Coroutines that call() runs: to Lua code they are no coroutines. */
  readonly #calls = new WeakSet<State>();
  /** The promise that the call which has just yielded waits for. */
  #awaited: Promise<readonly unknown[]> | undefined;

  constructor() {
    this.engine = luaEngine();
    this.#L = this.engine.lauxlib.luaL_newstate();
    this.engine.lualib.luaL_openlibs(this.#L);
    this.extend((engine, L) => {
      addFunctions(engine, L, 'string', { format: stringFormat(engine) });
      addFunctions(engine, L, '_G', baseLibrary(engine));
      addFunctions(engine, L, 'coroutine', coroutineLibrary(engine, this.#calls));
      this.#addVarargTable(engine, L);
      // what JavaScript throws is an error like any other
      engine.lua.lua_atnativeerror(L, (inner) => {
        const e = engine.lua.lua_touserdata(inner, 1);
        const text = e instanceof RangeError ? 'not enough memory' : String((e as Error | null)?.message ?? e);
        engine.lua.lua_pushstring(inner, engine.to_luastring(text));
        return 1;
      });
      for (const [table, functions] of Object.entries(numberLibrary(engine))) addFunctions(engine, L, table, functions);
    });
  }

  #addVarargTable(engine: LuaEngine, L: State): void {
    const { lua, to_luastring } = engine;
    lua.lua_getglobal(L, to_luastring('_G'));
    lua.lua_newtable(L);
    lua.lua_pushcfunction(L, varargTable(engine));
    lua.lua_setfield(L, -2, to_luastring('__index'));
    lua.lua_setmetatable(L, -2);
    lua.lua_pop(L, 1);
  }

  /** Adds what works on the state itself. */
  extend(add: (engine: LuaEngine, L: State) => void): void {
    add(this.engine, this.#L);
  }

  /** Puts functions of ours in a global table. */
  addHostFunctions(table: string, functions: Readonly<Record<string, HostFunction>>): void {
    const { lua, to_luastring } = this.engine;
    lua.lua_getglobal(this.#L, to_luastring(table));
    for (const [name, host] of Object.entries(functions)) {
      this.#pushHost(this.#L, host);
      lua.lua_setfield(this.#L, -2, to_luastring(name));
    }
    lua.lua_pop(this.#L, 1);
  }

  setGlobal(name: string, value: unknown): void {
    this.push(this.#L, value);
    this.engine.lua.lua_setglobal(this.#L, this.engine.to_luastring(name));
  }

  /** Compiles Lua source; `name` is what errors call it. @throws LuaError */
  load(source: string, name: string): LuaFunction {
    const { lua, lauxlib, to_luastring } = this.engine;
    const code = to_luastring(source);
    const status = lauxlib.luaL_loadbuffer(this.#L, code, code.length, to_luastring(name));
    if (status !== lua.LUA_OK) throw this.#takeError(this.#L);
    return this.#takeFunction(this.#L);
  }

  /** Calls a Lua function that may wait for functions of ours. @throws LuaError */
  async call(fn: LuaFunction, ...args: unknown[]): Promise<unknown[]> {
    const { lua, lauxlib } = this.engine;
    const thread = lua.lua_newthread(this.#L);
    this.#calls.add(thread);
    const anchor = lauxlib.luaL_ref(this.#L, lua.LUA_REGISTRYINDEX); // a thread that nobody refers to would be collected
    try {
      this.#pushFunction(thread, fn);
      for (const arg of args) this.push(thread, arg);
      for (let nargs = args.length; ; ) {
        const status = lua.lua_resume(thread, this.#L, nargs);
        if (status === lua.LUA_OK) return this.#takeAll(thread);
        if (status !== lua.LUA_YIELD) {
          lua.lua_xmove(thread, this.#L, 1); // a coroutine that has failed has no room to work in
          throw this.#takeError(this.#L);
        }
        const results = await this.#awaited!;
        this.#awaited = undefined;
        lua.lua_settop(thread, 0);
        for (const result of results) this.push(thread, result);
        nargs = results.length;
      }
    } finally {
      lauxlib.luaL_unref(this.#L, lua.LUA_REGISTRYINDEX, anchor);
    }
  }

  /** Calls a Lua function that must not wait. @throws LuaError */
  callSync(fn: LuaFunction, ...args: unknown[]): unknown[] {
    const { lua } = this.engine;
    const base = lua.lua_gettop(this.#L);
    this.#pushFunction(this.#L, fn);
    for (const arg of args) this.push(this.#L, arg);
    const status = lua.lua_pcall(this.#L, args.length, -1, 0);
    if (status !== lua.LUA_OK) throw this.#takeError(this.#L);
    return this.#takeAll(this.#L, base);
  }

  /** Pushes a value of ours; functions become {@link HostFunction}s. */
  push(L: State, value: unknown): void {
    if (typeof value === 'function') this.#pushHost(L, value as HostFunction);
    else if (value instanceof LuaFunction) this.#pushFunction(L, value);
    else pushValue(this.engine, L, value, (inner) => this.push(L, inner));
  }

  #pushHost(L: State, host: HostFunction): void {
    const { lua, lauxlib, to_luastring } = this.engine;
    lua.lua_pushcfunction(L, (caller) => {
      let results: ReturnType<HostFunction>;
      try {
        results = host(...this.#takeAll(caller));
      } catch (e) {
        if (e instanceof LuaArgumentError) return lauxlib.luaL_argerror(caller, e.argument, to_luastring(e.message));
        if (e instanceof LuaError) return lauxlib.luaL_error(caller, to_luastring(e.message.replaceAll('%', '%%')));
        this.push(caller, errorText(e));
        return lua.lua_error(caller);
      }
      if (results instanceof Promise) {
        if (!this.#calls.has(caller)) return lauxlib.luaL_error(caller, to_luastring('the shell cannot wait here'));
        this.#awaited = results;
        return lua.lua_yield(caller, 0);
      }
      for (const result of results) this.push(caller, result);
      return results.length;
    });
  }

  /** All values above `base`, converted; functions become {@link LuaFunction}s. They are popped. */
  #takeAll(L: State, base = 0): unknown[] {
    const { lua } = this.engine;
    const values: unknown[] = [];
    for (let i = base + 1; i <= lua.lua_gettop(L); i++) values.push(this.#read(L, i));
    lua.lua_settop(L, base);
    return values;
  }

  #read(L: State, index: number): unknown {
    return readValue(this.engine, L, index, (at) => {
      this.engine.lua.lua_pushvalue(L, at);
      return this.#takeFunction(L);
    });
  }

  #takeFunction(L: State): LuaFunction {
    const { lua, lauxlib } = this.engine;
    return new LuaFunction(lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX));
  }

  #pushFunction(L: State, fn: LuaFunction): void {
    this.engine.lua.lua_rawgeti(L, this.engine.lua.LUA_REGISTRYINDEX, fn.ref);
  }

  #takeError(L: State): LuaError {
    const { lua, lauxlib, to_jsstring } = this.engine;
    lua.lua_checkstack(L, 4);
    const message = to_jsstring(lauxlib.luaL_tolstring(L, -1), undefined, undefined, true);
    lua.lua_pop(L, 2);
    return new LuaError(message);
  }
}
