import * as flux from '../index';
import { isGlob } from '../plugin/glob';
import { loadPlugin } from '../plugin/loader';
import { globPlugins, splitPath } from '../plugin/search';
import { FluxError, toFluxError } from '../sys/errors';
import { strerror } from '../sys/strerror';
import type { JobShell } from './shell';
import { instantiate } from './stack';

/**
 * plugin.load of an initrc (contract/shell-initrc.md §1): loads all plugins that a pattern means, in order, each with the same conf, to the end of the
 * stack. A glob passes over files that are in the stack already, as the builtin plugins are. Each failure is an ERROR in the log.
 * @throws FluxError `File not found` if there is none and the pattern is no glob; with the errno's text for the first that can't be loaded
 */
export function loadPlugins(shell: JobShell, pattern: string, conf: object): void {
  const { HOME: home } = shell.options.env;
  const files = globPlugins(pattern, splitPath(shell.pluginPath), { home, cwd: shell.cwd });
  if (files.length === 0 && !isGlob(pattern)) throw new FluxError('ENOENT', 'File not found');
  const present = new Set(isGlob(pattern) ? shell.stack.plugins.map((plugin) => plugin.path) : []);
  for (const file of files) if (!present.has(file)) load(shell, file, conf);
}

function load(shell: JobShell, file: string, conf: object): void {
  try {
    const { definition } = loadPlugin(file, { kind: 'shell', flux });
    const plugin = instantiate(definition, { path: file, conf, log: shell.stack.log });
    shell.stack.add(plugin);
    join(shell, plugin);
  } catch (e) {
    const { code, errnum, message } = toFluxError(e);
    shell.error(message);
    throw new FluxError(code, strerror(errnum), { cause: e });
  }
}

function join(shell: JobShell, plugin: ReturnType<typeof instantiate>): void {
  try {
    plugin.join(shell.view(plugin.name));
  } catch (e) {
    shell.stack.remove(plugin.name);
    throw e;
  }
}
