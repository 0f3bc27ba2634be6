import path from 'node:path';
import { fnmatch } from '../formats/fnmatch';
import { type GlobOptions, globEntries } from '../formats/glob';
import { isFile, pluginName } from './files';
import type { PluginKind } from './types/common';

/** Endings of a plugin's file; of two that differ in nothing else the first is meant. */
export const PLUGIN_ENDINGS: readonly string[] = ['.js', '.cjs', '.mjs', '.ts'];

/** Where, below a folder of FLUX_MODULE_PATH, plugins of a kind lie: the folder tells the kind. */
const ROOMS: Record<PluginKind, string> = { module: 'plugins', jobtap: 'jobtap', shell: 'shell-plugins', validator: 'validators' };

/** The folders of a colon-separated search path; empty items are skipped. */
export function splitPath(searchPath: string): string[] {
  return searchPath.split(':').filter(Boolean);
}

/** Where plugins of a kind are looked for, given FLUX_MODULE_PATH: conf.shell_pluginpath and the jobtap search path are these, joined by colons. */
export function pluginFolders(kind: PluginKind, modulePath: string): string[] {
  return splitPath(modulePath).map((folder) => path.join(folder, ROOMS[kind]));
}

/**
 * The file of the plugin NAME of a kind, or undefined: the first that FLUX_MODULE_PATH (`modulePath`) has. For a broker module in folder DIR that is
 * `DIR/NAME.*` or `DIR/plugins/NAME`, for the others `DIR/jobtap/NAME`, `DIR/shell-plugins/NAME`, `DIR/validators/NAME`. A name with a slash is a
 * path and stands for itself. Endings may be left out; `.so` stands for the JavaScript ones. Where there is nothing else, a C plugin is found, which
 * loadPlugin refuses by what it is.
 */
export function findPlugin(kind: PluginKind, name: string, modulePath: string): string | undefined {
  if (name.includes('/')) return pluginFile(name) ?? cPluginFile(name);
  const folders = splitPath(modulePath);
  for (const folder of folders) {
    const topmost = kind === 'module' ? plainFile(path.join(folder, name)) : undefined;
    const found = topmost ?? pluginFile(path.join(folder, ROOMS[kind], name));
    if (found !== undefined) return found;
  }
  const rooms = folders.flatMap((folder) => [...(kind === 'module' ? [folder] : []), path.join(folder, ROOMS[kind])]);
  return firstOf(rooms, name, cPluginFile);
}

/** As findPlugin, in folders that hold plugins of one kind (a search path of its own). */
export function findInFolders(name: string, folders: readonly string[]): string | undefined {
  if (name.includes('/')) return pluginFile(name) ?? cPluginFile(name);
  return firstOf(folders, name, pluginFile) ?? firstOf(folders, name, cPluginFile);
}

function firstOf(folders: readonly string[], name: string, find: (wanted: string) => string | undefined): string | undefined {
  for (const folder of folders) {
    const found = find(path.join(folder, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The plugin file that a path means: a file, the same with an ending, or a folder's index file. `x.so` means `x`. */
export function pluginFile(wanted: string): string | undefined {
  return plainFile(wanted) ?? indexOf(withoutSo(wanted));
}

/** The C plugin (docs/migration.md) that a path means, with or without its ending; undefined if there is none. */
export function cPluginFile(wanted: string): string | undefined {
  const file = `${withoutSo(wanted)}.so`;
  return isFile(file) ? file : undefined;
}

/** Whether a path ends in `.so`, as a plugin in C does: those are not loaded (docs/migration.md). */
export const isCPlugin = (file: string): boolean => file.endsWith('.so');

/**
 * All plugins that a pattern of `plugin.load` means (flux-shell-initrc(5)), in load order. A pattern that begins with `/`, `~` or `./`, or without
 * folders to search, is globbed as it is; another in each folder, last to first, so that an earlier folder's plugin is loaded later and wins.
 * `*.so` matches all plugins of a folder, files and folders; C plugins too, which loadPlugin refuses. No match is an empty list.
 */
export function globPlugins(pattern: string, folders: readonly string[], options: GlobOptions = {}): string[] {
  if (/^(?:\/|~|\.\/)/.test(pattern) || folders.length === 0) return globPath(pattern, options);
  return [...folders].reverse().flatMap((folder) => globPath(path.join(folder, pattern), options));
}

/** All plugins in folders of one kind, by name; the first folder that has a name wins. */
export function listPlugins(folders: readonly string[]): Map<string, string> {
  const files = globPlugins('*.so', folders).filter((file) => !isCPlugin(file));
  return new Map(files.map((file) => [pluginName(file), file]));
}

function globPath(pattern: string, options: GlobOptions): string[] {
  const found = new Set<string>();
  for (const entry of globEntries(pattern, matchesEntry, options)) {
    const wanted = options.cwd === undefined ? entry : path.resolve(options.cwd, entry);
    const named = pattern.endsWith('.so') ? withoutEnding(wanted) : wanted;
    const file = pluginFile(named) ?? (isCPlugin(named) ? cPluginFile(named) : undefined);
    if (file !== undefined) found.add(file);
  }
  return [...found];
}

/** A `.so` in the pattern stands for each of the endings, and for the name of a folder. Files that begin with `_` are plugins' helpers. */
function matchesEntry(pattern: string, entry: string): boolean {
  if (/^[._]/.test(entry) && pattern[0] !== entry[0]) return false;
  if (!pattern.endsWith('.so')) return fnmatch(pattern, entry) && !entry.endsWith('.d.ts');
  return fnmatch(withoutSo(pattern), withoutSo(withoutEnding(entry))) && !entry.endsWith('.d.ts');
}

function plainFile(wanted: string): string | undefined {
  if (hasEnding(wanted) && isFile(wanted)) return wanted;
  const stem = withoutSo(wanted);
  return PLUGIN_ENDINGS.map((ending) => stem + ending).find(isFile);
}

const indexOf = (folder: string) => PLUGIN_ENDINGS.map((ending) => path.join(folder, `index${ending}`)).find(isFile);
const hasEnding = (file: string) => PLUGIN_ENDINGS.some((ending) => file.endsWith(ending)) && !file.endsWith('.d.ts');
const withoutSo = (name: string) => name.replace(/\.so$/, '');
const withoutEnding = (name: string) => (hasEnding(name) ? name.replace(/\.[^.]+$/, '') : name);
