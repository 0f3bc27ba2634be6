import fs from 'node:fs';
import path from 'node:path';
import type { Install } from '../install';
import { PathList } from './pathlist';

type Env = NodeJS.ProcessEnv;

/** A list of places in which programs look for something. */
interface SearchPath {
  name: string;
  /** Below dist/, where ours lies; missing: we have nothing of the kind. */
  folder?: string;
  /** Variable of what stands before ours. */
  prepend?: string;
  separator?: ':' | ';';
  /** Ends the list that we make: the search then goes on where it would without it. `unlessGiven`: only where the user had none. */
  end?: { text: string; unlessGiven?: boolean };
}

const luaDefault = { text: ';;;' };
const searchPaths: readonly SearchPath[] = [
  { name: 'LUA_CPATH', prepend: 'FLUX_LUA_CPATH_PREPEND', separator: ';', end: luaDefault },
  { name: 'LUA_PATH', prepend: 'FLUX_LUA_PATH_PREPEND', separator: ';', end: luaDefault },
  { name: 'PYTHONPATH', prepend: 'FLUX_PYTHONPATH_PREPEND' },
  { name: 'MANPATH', folder: 'man', end: { text: ':', unlessGiven: true } },
  { name: 'FLUX_EXEC_PATH', folder: 'libexec', prepend: 'FLUX_EXEC_PATH_PREPEND' },
  { name: 'FLUX_CONNECTOR_PATH', prepend: 'FLUX_CONNECTOR_PATH_PREPEND' },
  { name: 'FLUX_MODULE_PATH', folder: '.', prepend: 'FLUX_MODULE_PATH_PREPEND' },
];

/**
 * The variables that the front end sets for commands (flux(1), docs/protocol/cli.md §2.2), in the order in which `flux env` prints them. A value of
 * undefined removes the variable. What we don't have is not named: the clients of an installed flux-core look for connectors only where this tells them.
 */
export function commandEnvironment(env: Env, install: Install): Record<string, string | undefined> {
  const { dist } = install;
  const built: Record<string, string | undefined> = {};
  const search = programPath(env, install);
  if (search !== undefined) built['PATH'] = search;
  for (const spec of searchPaths) {
    const value = searchPath(env, dist, spec);
    if (value !== undefined) built[spec.name] = value;
  }
  const libpmi = env['FLUX_PMI_LIBRARY_PATH'] ?? existing(path.join(dist, 'lib', 'libpmi.so'));
  if (libpmi !== undefined) built['FLUX_PMI_LIBRARY_PATH'] = libpmi;
  if (env['FLUX_URI'] !== undefined) built['FLUX_URI'] = env['FLUX_URI'];
  for (const name of ['FLUX_RC_EXTRA', 'FLUX_SHELL_RC_PATH']) {
    if (env[name] !== undefined) built[name] = new PathList().append(env[name]).toString();
  }
  return built;
}

/** The list with what goes into it; undefined: nothing is added to what the user has. */
function searchPath(env: Env, dist: string, { name, folder, prepend, separator = ':', end }: SearchPath): string | undefined {
  const own = folder === undefined ? undefined : existing(path.join(dist, folder));
  const first = prepend === undefined ? undefined : env[prepend];
  if (own === undefined && !first) return undefined;
  const list = new PathList(separator).append(own).append(env[name]).prepend(first).toString();
  return end && !(end.unlessGiven && env[name]) ? list + end.text : list;
}

const existing = (file: string): string | undefined => (fs.existsSync(file) ? file : undefined);

/** Writes what commandEnvironment() built into `env`. */
export function applyEnvironment(env: Env, built: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(built)) {
    if (value === undefined) delete env[name];
    else env[name] = value;
  }
}

/** PATH with our folder in front, or undefined if the first `flux` of PATH is ours already. */
function programPath(env: Env, { bin }: Install): string | undefined {
  const old = env['PATH'] || '/bin:/usr/bin';
  const ours = path.join(bin, 'flux');
  for (const dir of old.split(':')) {
    if (dir === bin) return undefined;
    const found = realpath(path.join(dir || '.', 'flux'));
    if (found !== undefined) {
      if (found === realpath(ours)) return undefined;
      break;
    }
  }
  return new PathList().append(old).prepend(bin).toString();
}

function realpath(file: string): string | undefined {
  // lstat-like test first: realpathSync throws, and a throw costs 50 times a miss.
  return fs.existsSync(file) ? fs.realpathSync(file) : undefined;
}
