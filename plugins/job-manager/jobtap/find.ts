import path from 'node:path';
import { FluxError } from 'flux';
import { cPluginFile, fnmatch, isGlob, pluginFile, pluginFolders } from 'flux/internal';

/** Where a plugin's name led to. */
export interface FoundPlugin {
  /** The file, or the folder that has an index file. */
  file: string;
  /** As the caller named it, for messages. */
  path: string;
  /** Under which it stands in the list. */
  listed: string;
}

/** Plugins of the installation that are loaded at start, in this order (docs/protocol/jobtap.md §1.5), by listed name. */
export const builtins: readonly string[] = ['.priority-default', '.dependency-after', '.begin-time'];

/**
 * Finds a plugin by the rules of docs/protocol/jobtap.md §1.3: a name with a dot in front is a builtin, one with a slash in front a path, any other
 * is searched. ENOENT.
 */
export function findJobtap(name: string, modulePath: string): FoundPlugin {
  if (name.startsWith('.')) return { ...searched(name.slice(1), builtins.includes(name), modulePath, ''), path: name, listed: name };
  if (!name.startsWith('/')) return searched(name, true, modulePath, `${name}: No such plugin found`);
  return { file: pluginFile(name) ?? name, path: name, listed: path.basename(name) };
}

function searched(name: string, known: boolean, modulePath: string, text: string): FoundPlugin {
  const folders = known ? pluginFolders('jobtap', modulePath) : [];
  for (const find of [pluginFile, cPluginFile]) {
    for (const folder of folders) {
      const wanted = path.join(folder, name);
      const file = find(wanted);
      if (file !== undefined) return { file, path: wanted, listed: path.basename(name) };
    }
  }
  throw new FluxError('ENOENT', text);
}

/** Whether a pattern of `remove` means a listed plugin (docs/protocol/jobtap.md §1.4). `x.so` means `x` whatever its ending is. */
export function matchesListed(pattern: string, listed: string): boolean {
  const builtin = listed.startsWith('.');
  if (pattern === 'all') return !builtin;
  const names = builtin ? [listed] : [listed, stemOf(listed), `${stemOf(listed)}.so`];
  if (!isGlob(pattern)) return names.includes(pattern);
  return builtin === pattern.startsWith('.') && names.some((name) => fnmatch(pattern, name));
}

/** Whether two listed names would be the same plugin. */
export function sameListed(a: string, b: string): boolean {
  return a === b || stemOf(a) === stemOf(b);
}

const stemOf = (listed: string) => (listed.startsWith('.') ? listed : listed.replace(/\.(?:so|[cm]?js|ts)$/, ''));
