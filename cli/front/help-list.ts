import fs from 'node:fs';
import path from 'node:path';
import { glob } from '../../core/formats/glob';
import { errorText } from '../../core/sys/errors';
import { CommandExit } from '../args/exit';
import type { OptionSpec } from '../args/options';
import { helpOption, usageLines } from '../args/usage';

/** The options of `flux` itself. */
export const frontOptions: OptionSpec[] = [
  { ...helpOption, help: 'Display this message.' },
  { name: 'verbose', key: 'v', help: 'Be verbose about environment and command search' },
  { name: 'version', key: 'V', help: 'Display command and component versions' },
  { name: 'parent', key: 'p', help: 'Set environment of parent instead of current instance' },
];

/** A command in the list of `flux help`. */
export interface ListedCommand {
  category: string;
  command: string;
  description: string;
}

/**
 * Output of `flux --help`: usage, options, and the commands listed in the JSON files of our own help folder and of each pattern of
 * FLUX_CMDHELP_PATTERN (docs/protocol/cli.md §2.1). Throws CommandExit for a file that is no such list.
 */
export function frontHelp(env: NodeJS.ProcessEnv, dist: string, optionText: string): string {
  const lists = listPatterns(env, dist).map((pattern) => commandList(glob(pattern)));
  return `${usageLines(['flux [OPTIONS] COMMAND ARGS'])}${optionText}\n${lists.join('')}`;
}

/** The commands of all lists. Throws as frontHelp() does. */
export function listedCommands(env: NodeJS.ProcessEnv, dist: string): ListedCommand[] {
  return listPatterns(env, dist)
    .flatMap((pattern) => glob(pattern))
    .flatMap(readEntries);
}

const listPatterns = (env: NodeJS.ProcessEnv, dist: string) => [
  path.join(dist, 'help.d', '*.json'),
  ...(env['FLUX_CMDHELP_PATTERN'] ?? '').split(':').filter(Boolean),
];

function commandList(files: string[]): string {
  const categories = new Map<string, ListedCommand[]>();
  for (const entry of files.flatMap(readEntries)) categories.set(entry.category, [...(categories.get(entry.category) ?? []), entry]);
  const names = [...categories.keys()].sort((a, b) => Number(b === 'core') - Number(a === 'core') || (a < b ? -1 : 1));
  return names.map((name) => `Common commands from flux-${name}:\n${categories.get(name)!.map(line).join('')}`).join('\n');
}

const line = ({ command, description }: ListedCommand) => `   ${command.padEnd(18)} ${description}\n`;

function readEntries(file: string): ListedCommand[] {
  const fail = (text: string, reason: string) =>
    new CommandExit(1, { stderr: `flux: ${file}: ${text}\nflux: ${file}: failed to read content: ${reason}\n` });
  let entries: unknown;
  try {
    entries = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (e) {
    throw fail(errorText(e), 'Invalid argument');
  }
  if (!Array.isArray(entries)) throw fail('not an array', 'Invalid argument');
  for (const entry of entries)
    if (!isEntry(entry)) throw fail('an entry needs the strings category, command, description', 'Invalid argument');
  return entries;
}

function isEntry(value: unknown): value is ListedCommand {
  const entry = value as Partial<ListedCommand> | null;
  return [entry?.category, entry?.command, entry?.description].every((field) => typeof field === 'string');
}
