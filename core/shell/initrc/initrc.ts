import fs from 'node:fs';
import path from 'node:path';
import { jsonTypeName } from '../../formats/json-types';
import { errorText, isErrno } from '../../sys/errors';
import type { JobShell } from '../job/shell';
import { InitrcLua } from './lua/rc';
import { isStockInitrc, runStockInitrc } from './stock';

/** Step 10 and 11: plugin search path and initrc from the broker's attributes, and what the initrc does. */
export async function loadInitrc(shell: JobShell): Promise<void> {
  const file = choose(shell, await readPaths(shell));
  if (file === undefined) return;
  shell.debug(`Loading ${file}`);
  const problem = unreadable(path.resolve(shell.cwd, file));
  if (problem !== undefined) shell.die(`loading rc file ${file}: ${problem}`);
  if (await isStockInitrc(shell, file)) await runStockInitrc(shell, file);
  else await runLua(shell, file);
}

/** Whether the job's initrc does what the shipped one does by default, and which plugins it then finds. */
export async function hasStockInitrc(shell: JobShell): Promise<boolean> {
  const byDefault = await readPaths(shell);
  if (shell.getopt('initrc') !== undefined || shell.options.initrc !== undefined) return false;
  return unreadable(byDefault) === undefined && (await isStockInitrc(shell, byDefault));
}

/** Asks the broker for the paths early, so that nobody has to wait for them. */
export function askPaths(shell: JobShell): void {
  readPaths(shell).catch(() => {});
}

/** Learns the plugin search path, and gives the initrc that is the default. Asked once. */
function readPaths(shell: JobShell): Promise<string> {
  shell.defaultInitrc ??= learnPaths(shell);
  return shell.defaultInitrc;
}

async function learnPaths(shell: JobShell): Promise<string> {
  const { paths } = shell.options;
  const [pluginPath, initrc] = await Promise.all([attribute(shell, 'conf.shell_pluginpath'), attribute(shell, 'conf.shell_initrc')]);
  shell.pluginPath = pluginPath ?? paths.plugins;
  return initrc ?? paths.initrc;
}

async function runLua(shell: JobShell, file: string): Promise<void> {
  const ok = await InitrcLua.run(shell, file);
  if (!ok) shell.die(`loading rc file ${file}: No such file or directory`);
}

/** The initrc to run: one that was asked for must be there, the default need not be. */
function choose(shell: JobShell, byDefault: string): string | undefined {
  const option = shell.getopt('initrc');
  if (option !== undefined && typeof option !== 'string')
    shell.error(`shell_getopt: unpack error: Expected string, got ${jsonTypeName(option)}`);
  const asked = shell.options.initrc ?? (typeof option === 'string' ? option : undefined);
  if (asked !== undefined) return asked;
  if (shell.standalone || unreadable(byDefault) !== undefined) return undefined;
  return byDefault;
}

function unreadable(file: string): string | undefined {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return undefined;
  } catch (e) {
    return errorText(e);
  }
}

async function attribute(shell: JobShell, name: string): Promise<string | undefined> {
  if (shell.standalone) return undefined;
  try {
    return await shell.flux.getattr(name);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}
