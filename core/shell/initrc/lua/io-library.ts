import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CFunction, State } from 'fengari';
import { errorText, toFluxError } from '../../../sys/errors';
import { closeFd, createPipe } from '../../../sys/fds';
import type { LuaEngine } from './engine';
import { LuaFile, parseMode } from './file';
import type { LuaHost } from './host';
import { addFunctions, bytesText } from './library';
import { loadFile } from './load-file';
import { exitResults } from './os-library';

/** Lua's io library (Lua 5.3 reference manual, §6.8), without those files of the interpreter's own. What a file has is bytes. */
export class IoLibrary {
  readonly #engine: LuaEngine;
  readonly #host: LuaHost;
  /** Default files, by the registry's reference to them. */
  readonly #defaults = { input: 0, output: 0 };
  readonly #kind: Uint8Array;
  readonly #opened = new Set<LuaFile>();

  constructor(engine: LuaEngine, L: State, host: LuaHost) {
    this.#engine = engine;
    this.#host = host;
    const { lua, lauxlib, to_luastring } = engine;
    this.#kind = to_luastring('FILE*');
    lua.lua_pushnil(L); // no more of the interpreter's own
    lua.lua_setfield(L, lua.LUA_REGISTRYINDEX, this.#kind);
    lauxlib.luaL_newmetatable(L, this.#kind);
    for (const [name, fn] of Object.entries({ ...this.#methods(), ...this.#metamethods() })) {
      lua.lua_pushcfunction(L, fn);
      lua.lua_setfield(L, -2, to_luastring(name));
    }
    lua.lua_pushvalue(L, -1);
    lua.lua_setfield(L, -2, to_luastring('__index'));
    lua.lua_pop(L, 1);
    addFunctions(engine, L, 'io', this.#functions());
    addFunctions(engine, L, '_G', { print: (caller) => this.#print(caller), loadfile: loadFile(engine, host) });
    this.#addStandard(L);
  }

  /** Closes the files that Lua code has left open. */
  dispose(): void {
    for (const file of this.#opened) if (!file.closed) file.abandon();
  }

  #print(L: State): number {
    const { lua, lauxlib } = this.#engine;
    const words: Buffer[] = [];
    for (let arg = 1; arg <= lua.lua_gettop(L); arg++) {
      words.push(Buffer.from(arg > 1 ? '\t' : ''), Buffer.from(lauxlib.luaL_tolstring(L, arg)));
      lua.lua_pop(L, 1);
    }
    this.#host.write('stdout', Buffer.concat([...words, Buffer.from('\n')]));
    return 0;
  }

  #addStandard(L: State): void {
    const { lua, lauxlib, to_luastring } = this.#engine;
    const refuse = (): unknown[] => [undefined, 'cannot close standard file'];
    const files = {
      stdin: new LuaFile(0, { read: true, write: false, append: false }, refuse),
      stdout: new LuaFile(1, { read: false, write: true, append: false }, refuse, (data) => this.#host.write('stdout', data)),
      stderr: new LuaFile(2, { read: false, write: true, append: false }, refuse, (data) => this.#host.write('stderr', data)),
    };
    lua.lua_getglobal(L, to_luastring('io'));
    for (const [name, file] of Object.entries(files)) {
      this.#push(L, file);
      if (name !== 'stderr') {
        lua.lua_pushvalue(L, -1);
        this.#defaults[name === 'stdin' ? 'input' : 'output'] = lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
      }
      lua.lua_setfield(L, -2, to_luastring(name));
    }
    lua.lua_pop(L, 1);
  }

  #push(L: State, file: LuaFile): number {
    const { lua, lauxlib } = this.#engine;
    if (file.fd > 2) this.#opened.add(file);
    (lua.lua_newuserdata(L, 0) as { file?: LuaFile }).file = file;
    lauxlib.luaL_setmetatable(L, this.#kind);
    return 1;
  }

  /** An argument that is a file, open or closed. */
  #any(L: State, arg: number): LuaFile {
    return (this.#engine.lauxlib.luaL_checkudata(L, arg, this.#kind) as { file: LuaFile }).file;
  }

  #open(L: State, arg: number): LuaFile {
    const file = this.#any(L, arg);
    if (file.closed) this.#fail(L, 'attempt to use a closed file');
    return file;
  }

  /** Pushes a default file. */
  #default(L: State, which: 'input' | 'output'): LuaFile {
    const { lua } = this.#engine;
    lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, this.#defaults[which]);
    const { file } = lua.lua_touserdata(L, -1) as { file: LuaFile };
    if (file.closed) this.#fail(L, `standard ${which} file is closed`);
    return file;
  }

  #fail(L: State, text: string): number {
    const { lauxlib, to_luastring } = this.#engine;
    return lauxlib.luaL_error(L, to_luastring(text.replaceAll('%', '%%')));
  }

  #give(L: State, values: readonly unknown[]): number {
    const { lua, to_luastring } = this.#engine;
    for (const value of values) {
      if (typeof value === 'string') lua.lua_pushstring(L, to_luastring(value));
      else if (typeof value === 'number') lua.lua_pushinteger(L, value);
      else if (typeof value === 'boolean') lua.lua_pushboolean(L, value);
      else lua.lua_pushnil(L);
    }
    return values.length;
  }

  /** Runs what may fail: then nil, text and errno. */
  #attempt(L: State, action: () => number, name?: string): number {
    const top = this.#engine.lua.lua_gettop(L);
    try {
      return action();
    } catch (e) {
      if (!(e instanceof Error)) throw e; // Lua's own
      const { message, errnum } = toFluxError(e);
      this.#engine.lua.lua_settop(L, top);
      return this.#give(L, [undefined, name === undefined ? message : `${name}: ${message}`, errnum]);
    }
  }

  #text(L: State, arg: number): string {
    const { lauxlib, to_jsstring } = this.#engine;
    return to_jsstring(lauxlib.luaL_checkstring(L, arg), undefined, undefined, true);
  }

  #functions(): Record<string, CFunction> {
    const { lua, lauxlib, to_luastring } = this.#engine;
    return {
      open: (L) => {
        const name = this.#text(L, 1);
        const parsed = parseMode(lua.lua_isnoneornil(L, 2) ? 'r' : this.#text(L, 2));
        if (!parsed) return lauxlib.luaL_argerror(L, 2, to_luastring('invalid mode'));
        return this.#attempt(L, () => this.#push(L, this.#openNamed(name, parsed)), name);
      },
      popen: (L) => this.#popen(L),
      tmpfile: (L) => this.#attempt(L, () => this.#push(L, temporary())),
      close: (L) => {
        if (lua.lua_gettop(L) === 0) this.#default(L, 'output');
        return this.#close(L, 1);
      },
      read: (L) => {
        const count = lua.lua_gettop(L);
        const file = this.#default(L, 'input');
        lua.lua_settop(L, count);
        return this.#read(L, file, 1);
      },
      write: (L) => {
        const count = lua.lua_gettop(L);
        const file = this.#default(L, 'output');
        return this.#write(L, file, 1, count);
      },
      lines: (L) => {
        if (!lua.lua_isnoneornil(L, 1)) return this.#lines(L, this.#openOrFail(L, 1, 'r'), true);
        const count = lua.lua_gettop(L);
        const file = this.#default(L, 'input');
        lua.lua_settop(L, count);
        return this.#lines(L, file, false);
      },
      input: (L) => this.#choose(L, 'input', 'r'),
      output: (L) => this.#choose(L, 'output', 'w'),
      type: (L) => {
        if (lua.lua_gettop(L) === 0) return lauxlib.luaL_argerror(L, 1, to_luastring('value expected'));
        const held = lauxlib.luaL_testudata(L, 1, this.#kind) as { file: LuaFile } | null;
        return this.#give(L, [held ? (held.file.closed ? 'closed file' : 'file') : undefined]);
      },
    };
  }

  #openNamed(name: string, { mode, flags }: { mode: LuaFile['mode']; flags: string }): LuaFile {
    return new LuaFile(fs.openSync(this.#host.resolve(name), flags), mode);
  }

  #openOrFail(L: State, arg: number, mode: 'r' | 'w'): LuaFile {
    const name = this.#text(L, arg);
    try {
      return this.#openNamed(name, parseMode(mode)!);
    } catch (e) {
      this.#fail(L, `cannot open file '${name}' (${errorText(e)})`);
      throw e;
    }
  }

  #choose(L: State, which: 'input' | 'output', mode: 'r' | 'w'): number {
    const { lua, lauxlib } = this.#engine;
    if (!lua.lua_isnoneornil(L, 1)) {
      if (lua.lua_type(L, 1) === lua.LUA_TSTRING) this.#push(L, this.#openOrFail(L, 1, mode));
      else {
        this.#any(L, 1);
        lua.lua_pushvalue(L, 1);
      }
      this.#defaults[which] = lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX);
    }
    lua.lua_rawgeti(L, lua.LUA_REGISTRYINDEX, this.#defaults[which]);
    return 1;
  }

  /** A command's output to read, or its input to write; it runs meanwhile. */
  #popen(L: State): number {
    const { lua, lauxlib, to_luastring } = this.#engine;
    const command = this.#text(L, 1);
    const mode = lua.lua_isnoneornil(L, 2) ? 'r' : this.#text(L, 2);
    if (mode !== 'r' && mode !== 'w') return lauxlib.luaL_argerror(L, 2, to_luastring('invalid mode'));
    return this.#attempt(
      L,
      () => {
        const [readEnd, writeEnd] = createPipe();
        const [ours, theirs] = mode === 'r' ? [readEnd, writeEnd] : [writeEnd, readEnd];
        try {
          const pipe = { fd: theirs };
          const child = this.#host.run(command, mode === 'r' ? ['inherit', pipe, 'inherit'] : [pipe, 'inherit', 'inherit']);
          const close = (): unknown[] => {
            closeFd(ours);
            return exitResults(child.wait());
          };
          return this.#push(L, new LuaFile(ours, { read: mode === 'r', write: mode === 'w', append: false }, close));
        } catch (e) {
          closeFd(ours);
          throw e;
        } finally {
          closeFd(theirs);
        }
      },
      command,
    );
  }

  #methods(): Record<string, CFunction> {
    const { lua, lauxlib, to_luastring } = this.#engine;
    return {
      close: (L) => this.#close(L, 1),
      flush: (L) => {
        this.#open(L, 1); // what is written is written
        lua.lua_settop(L, 1);
        return 1;
      },
      setvbuf: (L) => {
        this.#open(L, 1);
        return this.#give(L, [true]);
      },
      read: (L) => this.#read(L, this.#open(L, 1), 2),
      write: (L) => {
        const file = this.#open(L, 1);
        const count = lua.lua_gettop(L);
        lua.lua_pushvalue(L, 1);
        return this.#write(L, file, 2, count);
      },
      lines: (L) => {
        const file = this.#open(L, 1);
        return this.#lines(L, file, false);
      },
      seek: (L) => {
        const file = this.#open(L, 1);
        const whence = lua.lua_isnoneornil(L, 2) ? 'cur' : this.#text(L, 2);
        const offset = lua.lua_isnoneornil(L, 3) ? 0 : lauxlib.luaL_checkinteger(L, 3);
        if (whence !== 'set' && whence !== 'cur' && whence !== 'end')
          return lauxlib.luaL_argerror(L, 2, to_luastring(`invalid option '${whence}'`));
        return this.#attempt(L, () => this.#give(L, [file.seek(whence, offset)]));
      },
    };
  }

  #metamethods(): Record<string, CFunction> {
    return {
      __tostring: (L) => {
        const file = this.#any(L, 1);
        return this.#give(L, [file.closed ? 'file (closed)' : `file (0x${(0x5500_0000_0000 + file.fd * 0x1e0).toString(16)})`]);
      },
    };
  }

  #close(L: State, arg: number): number {
    const file = this.#open(L, arg);
    return this.#attempt(L, () => {
      this.#opened.delete(file);
      const results = file.close();
      if (results[1] === 'cannot close standard file') file.closed = false;
      return this.#give(L, results);
    });
  }

  /** Writes arguments; the file is on the top of the stack, and is the result. */
  #write(L: State, file: LuaFile, first: number, last: number): number {
    return this.#attempt(L, () => {
      for (let arg = first; arg <= last; arg++) file.write(Buffer.from(this.#engine.lauxlib.luaL_checkstring(L, arg)));
      return 1;
    });
  }

  /** Reads what the arguments from `first` say. */
  #read(L: State, file: LuaFile, first: number): number {
    const { lua } = this.#engine;
    const last = lua.lua_gettop(L);
    return this.#attempt(L, () => {
      if (last < first) {
        this.#pushBytes(L, file.line(false));
        return 1;
      }
      let count = 0;
      for (let arg = first; arg <= last; arg++) {
        count++;
        if (!this.#readOne(L, file, arg)) break;
      }
      return count;
    });
  }

  /** Pushes what is read, or nil and gives false. */
  #readOne(L: State, file: LuaFile, arg: number): boolean {
    const { lua, lauxlib, to_luastring } = this.#engine;
    if (lua.lua_type(L, arg) === lua.LUA_TNUMBER) return this.#pushBytes(L, file.bytes(lauxlib.luaL_checkinteger(L, arg)));
    const kind = bytesText(lauxlib.luaL_checkstring(L, arg)).replace(/^\*/, '')[0];
    if (kind === 'l' || kind === 'L') return this.#pushBytes(L, file.line(kind === 'L'));
    if (kind === 'a') return this.#pushBytes(L, file.rest());
    if (kind !== 'n') {
      lauxlib.luaL_argerror(L, arg, to_luastring('invalid format'));
      return false;
    }
    if (lua.lua_stringtonumber(L, to_luastring(file.numeral())) !== 0) return true;
    lua.lua_pushnil(L);
    return false;
  }

  #pushBytes(L: State, bytes: Buffer | undefined): boolean {
    const { lua } = this.#engine;
    if (bytes) lua.lua_pushstring(L, new Uint8Array(bytes));
    else lua.lua_pushnil(L);
    return bytes !== undefined;
  }

  /** An iterator that reads what the arguments behind the first say, a line if there are none. */
  #lines(L: State, file: LuaFile, closes: boolean): number {
    const { lua, lauxlib } = this.#engine;
    const formats: number[] = [];
    for (let arg = 2; arg <= lua.lua_gettop(L); arg++) {
      lua.lua_pushvalue(L, arg);
      formats.push(lauxlib.luaL_ref(L, lua.LUA_REGISTRYINDEX));
    }
    lua.lua_pushcfunction(L, (inner) => {
      if (file.closed) return this.#fail(inner, 'file is already closed');
      lua.lua_settop(inner, 0);
      for (const reference of formats) lua.lua_rawgeti(inner, lua.LUA_REGISTRYINDEX, reference);
      const count = this.#read(inner, file, 1);
      if (lua.lua_type(inner, -count) === lua.LUA_TNIL) {
        if (count > 1) return this.#fail(inner, bytesText(lua.lua_tostring(inner, -count + 1)));
        if (closes) file.close();
      }
      return count;
    });
    return 1;
  }
}

/** A file without a name, for reading and writing. */
function temporary(): LuaFile {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lua_'));
  try {
    return new LuaFile(fs.openSync(path.join(folder, 'file'), 'w+', 0o600), { read: true, write: true, append: false });
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
