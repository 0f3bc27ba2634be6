import fs from 'node:fs';
import path from 'node:path';
import { glob, isGlob } from '../../plugin/glob';
import { strerror } from '../../sys/strerror';
import type { JobShell } from '../shell';
import { ioLibrary } from './io-library';
import { prelude } from './prelude';
import { attempt, shellFunctions } from './shell-functions';
import { LuaState } from './state';
import type { LuaFunction } from './values';

/** The Lua interpreter of one shell, for its initrc and the plugins that this registers (contract/shell-initrc.md §3–6). */
export class InitrcLua {
  readonly #shell: JobShell;
  readonly #state = new LuaState();
  readonly #run: LuaFunction;
  /** Files that are being run, the innermost last. */
  readonly #files: string[] = [];

  private constructor(shell: JobShell, rcpath: string) {
    this.#shell = shell;
    const boot = this.#state.load(prelude, '=flux.shell.prelude');
    const host = { ...shellFunctions(shell, this.#state, () => this.#files.at(-1) ?? rcpath), ...this.#fileFunctions(), rcpath };
    this.#run = this.#state.callSync(boot, host)[0] as LuaFunction;
    this.#state.callSync(this.#state.load(ioLibrary, '=io'), host);
  }

  /** Runs an initrc file; false if it failed, which is logged. */
  static async run(shell: JobShell, file: string): Promise<boolean> {
    const lua = new InitrcLua(shell, path.dirname(file));
    const [ok] = await lua.#state.call(lua.#run, file);
    return ok === true;
  }

  #fileFunctions() {
    const shell = this.#shell;
    const resolve = (file: unknown) => path.resolve(shell.cwd, String(file));
    return {
      packagepath: this.#packagePath(),
      print: (text: unknown) => {
        shell.options.stdout(String(text));
        return [];
      },
      entering: (file: unknown) => {
        this.#files.push(String(file));
        shell.trace(`trying to load ${file}`);
        return [];
      },
      leaving: () => {
        this.#files.pop();
        return [];
      },
      rcfailed: (message: unknown) => {
        if (!shell.fatal) shell.error(String(message));
        return [];
      },
      read: (file: unknown) => attempt(() => fs.readFileSync(resolve(file), 'utf8')),
      createfile: (file: unknown, keep: unknown) =>
        attempt(() => fs.writeFileSync(resolve(file), '', { flag: keep === true ? 'a' : 'w' })).slice(1),
      appendfile: (file: unknown, text: unknown) => attempt(() => fs.appendFileSync(resolve(file), String(text))).slice(1),
      exists: (file: unknown) => [fs.existsSync(resolve(file))],
      glob: (pattern: unknown) => this.#glob(String(pattern)),
    };
  }

  #glob(pattern: string): unknown[] {
    const files = glob(pattern, { home: this.#shell.options.env['HOME'], cwd: this.#shell.cwd });
    if (files.length > 0 || isGlob(pattern)) return [files];
    return [undefined, `source ${pattern}: ${strerror(2)}`];
  }

  #packagePath(): string {
    const { env, paths } = this.#shell.options;
    const own = `${paths.lua}/?.lua;${paths.lua}/?/init.lua`;
    const given = (env['LUA_PATH'] ?? '').split(';').filter(Boolean);
    return [own, ...given, '/usr/local/share/lua/5.3/?.lua', '/usr/share/lua/5.3/?.lua', './?.lua'].join(';');
  }
}
