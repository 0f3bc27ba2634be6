import fs from 'node:fs';
import path from 'node:path';
import { t } from '../../schema';
import { errorText } from '../../sys/errors';
import type { DescribedShell } from '../job/described';
import type { LearnedShell } from '../job/learned';
import { readOption } from '../option';
import { PluginLoader } from '../stack/plugin-loader';
import { InitrcLua } from './lua/rc';
import { isStockInitrc, runStockInitrc } from './stock';

/** Step 10 and 11: plugin search path and initrc from the broker's attributes, and what the initrc does. */
export async function loadInitrc(learned: LearnedShell): Promise<void> {
  const { shell, questions } = learned;
  const paths = await questions.paths;
  const file = choose(learned, paths.initrc);
  if (file === undefined) return;
  shell.log.debug(`Loading ${file}`);
  const problem = unreadable(path.resolve(shell.host.cwd, file));
  if (problem !== undefined) shell.die(`loading rc file ${file}: ${problem}`);
  const { stack, views, log, host } = shell;
  const plugins = new PluginLoader({ stack, views, log, host, path: paths.plugins, home: host.env['HOME'] });
  if (isStockInitrc(learned, file)) await runStockInitrc(learned, plugins, file);
  else await runLua(learned, plugins, file);
}

/** Whether the job's initrc does what the shipped one does by default. */
export async function hasStockInitrc(described: DescribedShell): Promise<boolean> {
  const { initrc } = await described.questions.paths;
  if (described.getopt('initrc') !== undefined || described.shell.options.initrc !== undefined) return false;
  return unreadable(initrc) === undefined && isStockInitrc(described, initrc);
}

async function runLua(learned: LearnedShell, plugins: PluginLoader, file: string): Promise<void> {
  const ok = await InitrcLua.run(learned, plugins, file);
  if (!ok) learned.shell.die(`loading rc file ${file}: No such file or directory`);
}

/** The initrc to run: one that was asked for must be there, the default need not be. */
function choose(learned: LearnedShell, byDefault: string): string | undefined {
  const { options } = learned.shell;
  const option = initrcOption(learned);
  const asked = options.initrc ?? option;
  if (asked !== undefined) return asked;
  if (options.standalone || unreadable(byDefault) !== undefined) return undefined;
  return byDefault;
}

/** One of a wrong type is told and counts as none. */
function initrcOption(learned: LearnedShell): string | undefined {
  try {
    return readOption(learned.shell.log, learned.getopt('initrc'), t.wire(t.string()));
  } catch {
    return undefined;
  }
}

function unreadable(file: string): string | undefined {
  try {
    fs.accessSync(file, fs.constants.R_OK);
    return undefined;
  } catch (e) {
    return errorText(e);
  }
}
