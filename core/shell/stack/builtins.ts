import path from 'node:path';
import { library } from '../../library';
import { loadPlugin } from '../../plugin/loader';
import { pluginFile } from '../../plugin/search';
import type { Log } from '../../plugin/types/common';
import { FluxError } from '../../sys/errors';
import { type HostLog, instantiate, PluginStack } from './stack';

/** The plugins that every stack begins with, by file, in call order (docs/protocol/shell.md §9). */
export const builtinPlugins = [
  'tmpdir',
  'evlog',
  'pmi',
  'input',
  'output',
  'kill-event-handler',
  'signals',
  'cpu-affinity',
  'gpu-affinity',
  'mpir',
  'ptrace',
  'pty',
  'batch',
  'doom',
] as const;

/**
 * A stack of the builtin plugins, which lie in `folder`. `write` gets a line, without newline, for what a plugin logs outside of any shell. With
 * `scope` it is for many shells.
 */
export function builtinStack(folder: string, write: (line: string) => void, scope?: PluginStack['scope']): PluginStack {
  const log = hostLog(write);
  const stack = new PluginStack(log, scope);
  for (const name of builtinPlugins) {
    const file = pluginFile(path.join(folder, name));
    if (file === undefined) throw new FluxError('ENOENT', `${path.join(folder, name)}: No such file or directory`);
    const loaded = loadPlugin(file, { kind: 'shell', library });
    stack.add(instantiate(loaded.definition, { path: file, log, scope }));
  }
  return stack;
}

/** A log for plugins that writes every line under the plugin's name. */
export function hostLog(write: (line: string) => void): HostLog {
  return (plugin) => {
    const line = (text: string) => write(`${plugin}: ${text}`);
    const log: Log = { emerg: line, alert: line, crit: line, err: line, warning: line, notice: line, info: line, debug: () => {} };
    return log;
  };
}
