import fs from 'node:fs';
import path from 'node:path';
import { findPlugin } from '../../../core/plugin/search';
import { errorText } from '../../../core/sys/errors';
import { type CommandContext, CommandError } from '../../command';
import { loadForCommand } from '../../library';

/** A module's file, as a word of the command line means it. */
export interface ModuleFile {
  /** What its definition says, whatever the file is called. */
  name: string;
  path: string;
  /** Bytes. */
  size: number;
  /** SHA-1, in hex. */
  digest: string;
}

/** A word with a slash is a path, another is looked for in FLUX_MODULE_PATH. What the file can't be loaded for ends the command. */
export function findModule(ctx: CommandContext, word: string): ModuleFile {
  try {
    const { definition, path: file, size, digest } = loadForCommand(findFile(ctx, word), 'module');
    return { name: definition.name, path: file, size, digest };
  } catch (e) {
    if (e instanceof CommandError) throw e;
    throw new CommandError(errorText(e), 1, { cause: e });
  }
}

function findFile(ctx: CommandContext, word: string): string {
  const modulePath = ctx.env['FLUX_MODULE_PATH'];
  if (word.includes('/')) {
    const wanted = path.resolve(ctx.cwd, word);
    const found = findPlugin('module', wanted, '');
    if (found !== undefined) return found;
    throw new CommandError(fs.existsSync(wanted) ? `${wanted}: not a module` : `${word}: No such file or directory`);
  }
  if (modulePath === undefined) throw new CommandError('FLUX_MODULE_PATH is not set');
  const found = findPlugin('module', word, modulePath);
  if (found === undefined) throw new CommandError(`${word}: not found in module search path`);
  return path.resolve(ctx.cwd, found);
}

/** The service that manages a module: what stands before the last dot of its name, else the broker. */
export function managerOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? 'broker' : name.slice(0, dot);
}
