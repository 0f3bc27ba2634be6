import fs from 'node:fs';
import path from 'node:path';
import { glob, isGlob } from '../../../formats/glob';
import { strerror } from '../../../sys/strerror';
import type { LearnedShell } from '../../job/learned';
import type { JobShell } from '../../job/shell';
import type { PluginLoader } from '../../stack/plugin-loader';
import { LuaHost } from './host';
import { IoLibrary } from './io-library';
import { lua51 } from './lua51';
import { osLibrary } from './os-library';
import { posixConstants, posixLibrary } from './posix-library';
import { prelude } from './prelude';
import { attempt, limitFunctions, shellFunctions } from './shell-functions';
import { LuaState } from './state';
import type { LuaFunction } from './values';

/** As many files may be run inside of each other: Lua has 200 levels of C (LUAI_MAXCCALLS), of which a file takes one. */
const deepest = 195;

/** The Lua interpreter of one shell, for its initrc and the plugins that this registers (docs/protocol/shell-initrc.md §3, §4, §5, §6). */
export class InitrcLua {
  readonly #shell: JobShell;
  readonly #state = new LuaState();
  readonly #run: LuaFunction;
  /** Files that are being run, the innermost last. */
  readonly #files: string[] = [];

  private constructor(learned: LearnedShell, plugins: PluginLoader, rcpath: string) {
    const { shell } = learned;
    this.#shell = shell;
    const process = new LuaHost(shell);
    this.#state.addHostFunctions('os', osLibrary(process));
    this.#state.extend((engine, L) => {
      const io = new IoLibrary(engine, L, process);
      shell.signal.addEventListener('abort', () => io.dispose());
    });
    this.#state.callSync(this.#state.load(lua51, '=lua51'));
    const boot = this.#state.load(prelude, '=flux.shell.prelude');
    const posix = () => [{ ...posixLibrary(process), ...posixConstants, ...limitFunctions(shell) }];
    const host = {
      ...shellFunctions(learned, plugins, this.#state, () => this.#files.at(-1) ?? rcpath),
      ...this.#fileFunctions(),
      posix,
      rcpath,
    };
    this.#run = this.#state.callSync(boot, host)[0] as LuaFunction;
  }

  /** Runs an initrc file; false if it failed, which is logged. */
  static async run(learned: LearnedShell, plugins: PluginLoader, file: string): Promise<boolean> {
    const lua = new InitrcLua(learned, plugins, path.dirname(file));
    const [ok] = await lua.#state.call(lua.#run, file);
    return ok === true;
  }

  #fileFunctions() {
    const shell = this.#shell;
    const resolve = (file: unknown) => path.resolve(shell.host.cwd, String(file));
    return {
      packagepath: this.#packagePath(),
      entering: (file: unknown) => {
        if (this.#files.length === deepest) return [`${file}: chunk has too many syntax levels`];
        this.#files.push(String(file));
        shell.log.trace(`trying to load ${file}`);
        return [];
      },
      leaving: () => {
        this.#files.pop();
        return [];
      },
      rcfailed: (message: unknown) => {
        if (!shell.ending.fatal) shell.log.error(String(message));
        return [];
      },
      read: (file: unknown) => attempt(() => new Uint8Array(fs.readFileSync(resolve(file)))),
      exists: (file: unknown) => [fs.existsSync(resolve(file))],
      glob: (pattern: unknown) => this.#glob(String(pattern)),
    };
  }

  #glob(pattern: string): unknown[] {
    const files = glob(pattern, { home: this.#shell.options.env['HOME'], cwd: this.#shell.host.cwd });
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
