import fs from 'node:fs';
import path from 'node:path';
import { pluginName } from '../../../core/plugin/files';
import { findPlugin } from '../../../core/plugin/search';
import { type CommandContext, CommandError } from '../../command';

/** A module's file, as a word of the command line means it. */
export interface ModuleFile {
  name: string;
  path: string;
}

/** A word with a slash is a path, another is looked for in FLUX_MODULE_PATH. */
export function findModule(ctx: CommandContext, word: string): ModuleFile {
  const modulePath = ctx.env['FLUX_MODULE_PATH'];
  if (word.includes('/')) {
    const wanted = path.resolve(ctx.cwd, word);
    const found = findPlugin('module', wanted, '');
    if (found !== undefined) return { name: pluginName(found), path: found };
    throw new CommandError(fs.existsSync(wanted) ? `${wanted}: not a module` : `${word}: No such file or directory`);
  }
  if (modulePath === undefined) throw new CommandError('FLUX_MODULE_PATH is not set');
  const found = findPlugin('module', word, modulePath);
  if (found === undefined) throw new CommandError(`${word}: not found in module search path`);
  return { name: pluginName(found), path: path.resolve(ctx.cwd, found) };
}

/** Size in bytes and SHA-1 of a module's file. */
export function describeFile(file: string): { size: number; digest: string } {
  const { createHash } = require('node:crypto') as typeof import('node:crypto'); // loading it takes as long as most commands do
  const bytes = fs.readFileSync(file);
  return { size: bytes.length, digest: createHash('sha1').update(bytes).digest('hex') };
}

/** The service that manages a module: what stands before the last dot of its name, else the broker. */
export function managerOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot < 0 ? 'broker' : name.slice(0, dot);
}
