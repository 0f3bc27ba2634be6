import { createRequire } from 'node:module';
import type { library } from '../core/library';
import type { Definitions } from '../core/plugin/define';
import type { LoadedPlugin } from '../core/plugin/loader';

type Library = typeof library;

/** Loads a plugin in a command: with the loader of the installation's package `flux`, and what that gives to plugins. Errors are those of the loader. */
export function loadForCommand<K extends keyof Definitions>(file: string, kind: K): LoadedPlugin<K> {
  const require = createRequire(__filename);
  const library = { flux: require('flux') as object, 'flux/internal': require('flux/internal') as Library['flux/internal'] };
  return library['flux/internal'].loadPlugin(file, { kind, library });
}
