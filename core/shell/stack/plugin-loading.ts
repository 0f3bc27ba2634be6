import { isGlob } from '../../formats/glob';
import * as flux from '../../index';
import { loadPlugin } from '../../plugin/loader';
import { globPlugins, isCPlugin, splitPath } from '../../plugin/search';
import { FluxError, toFluxError } from '../../sys/errors';
import { strerror } from '../../sys/strerror';
import type { JobShell } from '../job/shell';
import { instantiate, type StackPlugin } from './stack';

/**
 * plugin.load of an initrc (contract/shell-initrc.md §1): loads all plugins that a pattern means, in order, each with the same conf, to the end of the
 * stack. A glob passes over files that are in the stack already: builtin plugins, and in a host what earlier shells have loaded; and, with a WARNING, over
 * C plugins. Each failure is an ERROR in the log.
 * @throws FluxError `File not found` if there is none and the pattern is no glob; with the errno's text for the first that can't be loaded
 */
export function loadPlugins(shell: JobShell, pattern: string, conf: object): void {
  const files = pluginFiles(shell, pattern);
  const glob = isGlob(pattern);
  if (files.length === 0 && !glob) throw new FluxError('ENOENT', 'File not found');
  const present = new Map(glob ? shell.stack.plugins.map((plugin) => [plugin.path, plugin]) : []);
  for (const file of files) {
    const plugin = present.get(file);
    if (glob && isCPlugin(file)) shell.warn(`${file} is a C plugin; see docs/migration.md`);
    else if (!plugin) attempt(shell, () => load(shell, file, conf));
    else if (!shell.joined.has(plugin)) attempt(shell, () => join(shell, plugin));
  }
}

/** The files that a pattern means to this shell, in load order. */
export function pluginFiles(shell: JobShell, pattern: string): string[] {
  const { HOME: home } = shell.options.env;
  return globPlugins(pattern, splitPath(shell.pluginPath), { home, cwd: shell.cwd });
}

function load(shell: JobShell, file: string, conf: object): void {
  const { stack } = shell;
  const { definition, files } = loadPlugin(file, { kind: 'shell', flux });
  const plugin = instantiate(definition, { path: file, files, conf, log: stack.log, scope: stack.scope });
  stack.add(plugin);
  join(shell, plugin);
}

function join(shell: JobShell, plugin: StackPlugin): void {
  shell.joined.add(plugin);
  try {
    plugin.join(shell.view(plugin.name));
  } catch (e) {
    if (!shell.stack.scope) shell.stack.remove(plugin.name); // of many shells it stays: this one ends
    throw e;
  }
}

function attempt(shell: JobShell, action: () => void): void {
  try {
    action();
  } catch (e) {
    const { code, errnum, message } = toFluxError(e);
    shell.error(message);
    throw new FluxError(code, strerror(errnum), { cause: e });
  }
}
