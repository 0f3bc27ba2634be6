import fs from 'node:fs';
import path from 'node:path';
import type { Install } from '../install';
import { PathList } from './pathlist';

type Env = NodeJS.ProcessEnv;

/**
 * The variables that the front end sets for commands (flux(1), contract/cli.md 2.2), in the order in which `flux env` prints them. A value of
 * undefined removes the variable.
 */
export function commandEnvironment(env: Env, install: Install): Record<string, string | undefined> {
  const { dist } = install;
  const split = (name: string, own: string, prefix = name) =>
    new PathList().append(env[name]).prepend(own).prepend(env[`${prefix}_PREPEND`]).toString();
  const built: Record<string, string | undefined> = {};
  const search = programPath(env, install);
  if (search !== undefined) built['PATH'] = search;
  built['LUA_CPATH'] = luaPath(env, 'LUA_CPATH', path.join(dist, 'lua', '?.so'));
  built['LUA_PATH'] = luaPath(env, 'LUA_PATH', path.join(dist, 'lua', '?.lua'));
  built['PYTHONPATH'] = split('PYTHONPATH', path.join(dist, 'python'), 'FLUX_PYTHONPATH');
  built['MANPATH'] = env['MANPATH']
    ? new PathList().append(env['MANPATH']).prepend(path.join(dist, 'man')).toString()
    : `${path.join(dist, 'man')}:`;
  built['FLUX_EXEC_PATH'] = split('FLUX_EXEC_PATH', install.libexec);
  built['FLUX_CONNECTOR_PATH'] = split('FLUX_CONNECTOR_PATH', path.join(dist, 'connectors'));
  built['FLUX_MODULE_PATH'] = split('FLUX_MODULE_PATH', dist);
  built['FLUX_PMI_LIBRARY_PATH'] = env['FLUX_PMI_LIBRARY_PATH'] ?? path.join(dist, 'libpmi.so');
  if (env['FLUX_URI'] !== undefined) built['FLUX_URI'] = env['FLUX_URI'];
  for (const name of ['FLUX_RC_EXTRA', 'FLUX_SHELL_RC_PATH']) {
    if (env[name] !== undefined) built[name] = new PathList().append(env[name]).toString();
  }
  return built;
}

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

/** The `;`-separated lists of Lua end in an empty component, which stands for Lua's own default. */
function luaPath(env: Env, name: string, own: string): string {
  return `${new PathList(';').append(own).append(env[name]).prepend(env[`FLUX_${name}_PREPEND`]).toString()};;;`;
}
