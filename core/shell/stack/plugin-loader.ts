import { isGlob } from '../../formats/glob';
import { library } from '../../library';
import { loadPlugin } from '../../plugin/loader';
import { globPlugins, isCPlugin, splitPath } from '../../plugin/search';
import { FluxError, toFluxError } from '../../sys/errors';
import { strerror } from '../../sys/strerror';
import type { ShellLog } from '../log';
import { instantiate, type PluginStack, type StackPlugin } from './stack';
import type { Views } from './views';

/** Where a pattern finds plugins. */
export interface PluginSearch {
  /** Folders, colon-separated. */
  path: string;
  /** Home directory, for `~`. */
  home: string | undefined;
  cwd: string;
}

interface LoaderParts {
  stack: PluginStack;
  views: Views;
  log: ShellLog;
  /** Folders, colon-separated, for patterns without a slash, until the initrc says something else. */
  path: string;
  home: string | undefined;
  /** The directory that relative patterns begin in: at the time. */
  host: { readonly cwd: string };
}

/** The files that a pattern means, in load order. */
export function pluginFiles(pattern: string, { path, home, cwd }: PluginSearch): string[] {
  return globPlugins(pattern, splitPath(path), { home, cwd });
}

/** Loads the plugins that one shell's initrc asks for (docs/protocol/shell-initrc.md §1). */
export class PluginLoader {
  readonly #parts: LoaderParts;
  #path: string;
  /** Plugins that were loaded for this shell, or found in a stack that others have loaded. */
  readonly #joined = new Set<StackPlugin>();

  constructor(parts: LoaderParts) {
    this.#parts = parts;
    this.#path = parts.path;
  }

  /** Search path, colon-separated. */
  get path(): string {
    return this.#path;
  }

  /** Searches other folders from now on. */
  searchIn(path: string): void {
    this.#path = path;
  }

  /**
   * Loads all plugins that a pattern means, in order, each with the same conf, to the end of the stack. A glob passes over files that are in the stack
   * already: builtin plugins, and in a host what earlier shells have loaded; and, with a WARNING, over C plugins. Each failure is an ERROR in the log.
   * @throws FluxError `File not found` if there is none and the pattern is no glob; with the errno's text for the first that can't be loaded
   */
  load(pattern: string, conf: object): void {
    const { stack, log, home, host } = this.#parts;
    const files = pluginFiles(pattern, { path: this.#path, home, cwd: host.cwd });
    const glob = isGlob(pattern);
    if (files.length === 0 && !glob) throw new FluxError('ENOENT', 'File not found');
    const present = new Map(glob ? stack.plugins.map((plugin) => [plugin.path, plugin]) : []);
    for (const file of files) {
      const plugin = present.get(file);
      if (glob && isCPlugin(file)) log.warn(`${file} is a C plugin; see docs/migration.md`);
      else if (!plugin) this.#attempt(() => this.#load(file, conf));
      else if (!this.#joined.has(plugin)) this.#attempt(() => this.#join(plugin));
    }
  }

  #load(file: string, conf: object): void {
    const { stack } = this.#parts;
    const { definition, files } = loadPlugin(file, { kind: 'shell', library });
    const plugin = instantiate(definition, { path: file, files, conf, log: stack.log, scope: stack.scope });
    stack.add(plugin);
    this.#join(plugin);
  }

  #join(plugin: StackPlugin): void {
    const { stack, views } = this.#parts;
    this.#joined.add(plugin);
    try {
      plugin.join(views.of(plugin.name));
    } catch (e) {
      if (!stack.scope) stack.remove(plugin.name); // of many shells it stays: this one ends
      throw e;
    }
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (e) {
      const { code, errnum, message } = toFluxError(e);
      this.#parts.log.error(message);
      throw new FluxError(code, strerror(errnum), { cause: e });
    }
  }
}
