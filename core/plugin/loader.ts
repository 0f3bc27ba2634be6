import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { isErrnoName } from '../sys/errno';
import { type Definitions, kindOf, type Tagged } from './define';
import { isFile, pluginName } from './files';
import { PluginLoadError } from './load-error';
import { findFile, ModuleGraph, readSource } from './module-graph';
import { isCPlugin } from './search';
import { stackFrames } from './stack-frames';
import { API_VERSION, type PluginKind } from './types/common';

/** Modules that plugins import by a bare name, by that name: `flux`, and `flux/internal` for those of this repository (core/library.ts). */
export type Library = Readonly<Record<string, object>>;

/** How a host loads plugins: the kind it takes, and the modules that their bare imports lead to. */
export interface LoadOptions<K extends PluginKind> {
  /** The kind the host takes; another is refused. */
  kind: K;
  library: Library;
}

/** A plugin that was loaded: nothing of it is registered anywhere, so that dropping this object drops the plugin. */
export interface LoadedPlugin<K extends PluginKind = PluginKind> {
  readonly definition: Tagged<Definitions[K], K>;
  /** The file, or the folder's index file, absolute, symbolic links kept. */
  readonly path: string;
  /** The file's name without its ending; of a folder's index the folder's name. */
  readonly name: string;
  /** Size of that file, in bytes. */
  readonly size: number;
  /** SHA-1 of that file, in hex. */
  readonly digest: string;
  /** Real paths of all files of the plugin: itself and its relative imports. Those of later dynamic imports join as they are loaded. */
  readonly files: readonly string[];
}

/**
 * Loads a plugin file, or a folder with an index file: JavaScript or TypeScript, ESM or CommonJS, without a build step (design: plugins). Fresh
 * each time, what is on disk now. Synchronous, as Lua's plugin.load needs it; a top-level await is a syntax error.
 *
 * The definition is the default export, or module.exports. Errors (PluginLoadError): ENOENT, EACCES … `PATH: strerror`; EINVAL `FILE:LINE: text`
 * for a syntax error, or an exception while it is evaluated (an errno of its own is kept); EINVAL where the definition is missing, of another
 * kind, or for another version of the plugin API.
 */
export function loadPlugin<K extends PluginKind>(file: string, options: LoadOptions<K>): LoadedPlugin<K> {
  const found = findFile(path.resolve(file)) ?? path.resolve(file);
  if (isCPlugin(found) && isFile(found)) throw new PluginLoadError('c-plugin', 'EINVAL', `${found} is a C plugin; see docs/migration.md`);
  const source = readSource(found);
  const graph = new ModuleGraph(new Map(Object.entries(options.library)));
  const definition = definitionOf(evaluate(graph, fs.realpathSync(found), source), file, options.kind);
  return {
    definition,
    path: found,
    name: pluginName(found),
    size: source.length,
    digest: createHash('sha1').update(source).digest('hex'),
    get files() {
      return graph.files;
    },
  };
}

function evaluate(graph: ModuleGraph, file: string, source: Buffer): unknown {
  try {
    return graph.load(file, source);
  } catch (e) {
    if (e instanceof PluginLoadError) throw e;
    throw evaluationError(e, file, graph.files);
  }
}

function evaluationError(e: unknown, file: string, files: readonly string[]): PluginLoadError {
  const error: NodeJS.ErrnoException = e instanceof Error ? e : new Error(String(e));
  const frame = [...stackFrames(error)].find((one) => files.includes(one.file));
  const place = frame ? `${frame.file}:${frame.line}` : file;
  const [text] = error.message.split('\n', 1); // Node's text for a missing package goes on with a require stack
  return new PluginLoadError('evaluation', errnoOf(error.code), `${place}: ${text}`, { cause: e });
}

const errnoOf = (code: unknown) => (isErrnoName(code) ? code : 'EINVAL');

function definitionOf<K extends PluginKind>(exports: unknown, file: string, kind: K): Tagged<Definitions[K], K> {
  const exported = (exports as { default?: unknown } | null | undefined)?.default ?? exports;
  const actual = kindOf(exported);
  if (actual === undefined) {
    throw new PluginLoadError('no-plugin', 'EINVAL', `${file}: no plugin: its default export must come from ${defineFunctions[kind]}`);
  }
  if (actual !== kind) throw new PluginLoadError('kind', 'EINVAL', `${file}: is ${described[actual]}, not ${described[kind]}`);
  const definition = exported as Tagged<Definitions[K], K>;
  if (definition.api !== API_VERSION) {
    const written = definition.api === undefined ? 'the plugin has no `api`' : `written for plugin API ${String(definition.api)}`;
    throw new PluginLoadError('api', 'EINVAL', `${file}: ${written}, this is ${API_VERSION}`);
  }
  if (typeof definition.name !== 'string' || definition.name === '')
    throw new PluginLoadError('no-plugin', 'EINVAL', `${file}: the plugin has no name`);
  return definition;
}

const defineFunctions: Record<PluginKind, string> = {
  module: 'defineModule',
  jobtap: 'defineJobtap',
  shell: 'defineShellPlugin',
  validator: 'defineValidator',
};

const described: Record<PluginKind, string> = {
  module: 'a broker module',
  jobtap: 'a jobtap plugin',
  shell: 'a shell plugin',
  validator: 'a validator plugin',
};
