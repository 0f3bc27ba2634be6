import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';
import { errorText, toFluxError } from '../sys/errors';
import { isFile } from './files';
import { PluginLoadError } from './load-error';
import { DYNAMIC_IMPORT, IMPORT_META, transpile } from './transpile';

/** Endings of plugin files, in the order in which they are tried. */
export const SOURCE_ENDINGS: readonly string[] = ['.js', '.cjs', '.mjs', '.ts', '.cts', '.mts'];

interface GraphModule {
  exports: unknown;
  readonly id: string;
  readonly filename: string;
}

type Compiled = (
  exports: unknown,
  require: (specifier: string) => unknown,
  module: GraphModule,
  filename: string,
  dirname: string,
  dynamicImport: (specifier: unknown) => Promise<unknown>,
  importMeta: object,
) => void;

/**
 * The modules of one load of a plugin: its file and what that imports relatively. Reads what is on disk now and shares nothing with Node's
 * caches or other loads, so that a reload runs new code and an unloaded plugin is garbage. What is provided is the host's own, whole packages
 * come from the importing file's folder through Node (and its cache).
 */
export class ModuleGraph {
  readonly #modules = new Map<string, GraphModule>();
  readonly #provided: ReadonlyMap<string, unknown>;

  /** `provided`: modules by bare name. */
  constructor(provided: ReadonlyMap<string, unknown>) {
    this.#provided = provided;
  }

  /** The files that were read, by their real paths, in order of their loading. */
  get files(): string[] {
    return [...this.#modules.keys()];
  }

  /** The exports of a file (a real path), which is evaluated when first asked for; what takes part in a cycle is seen half done, as in Node. */
  load(file: string, source = readSource(file)): unknown {
    const known = this.#modules.get(file);
    if (known) return known.exports;
    const module: GraphModule = { exports: {}, id: file, filename: file };
    this.#modules.set(file, module);
    if (file.endsWith('.json')) module.exports = parseJson(file, source.toString('utf8'));
    else this.#evaluate(module, source.toString('utf8'));
    return module.exports;
  }

  #evaluate(module: GraphModule, source: string): void {
    const { filename } = module;
    const dirname = path.dirname(filename);
    const { code, dynamic } = transpile(stripShebang(source), filename);
    const compiled = compile(code, filename, dynamic);
    const nodeRequire = createRequire(filename);
    const { resolve, cache, main } = nodeRequire;
    const require = Object.assign((specifier: string) => this.#import(specifier, dirname, nodeRequire), { resolve, cache, main });
    const dynamicImport = async (specifier: unknown) => this.#importDynamically(String(specifier), dirname, nodeRequire);
    const meta = {
      url: pathToFileURL(filename).href,
      filename,
      dirname,
      resolve: (specifier: string) => pathToFileURL(nodeRequire.resolve(specifier)).href,
    };
    compiled.call(module.exports, module.exports, require, module, filename, dirname, dynamicImport, meta);
  }

  #import(specifier: string, dirname: string, nodeRequire: NodeJS.Require): unknown {
    if (this.#provided.has(specifier)) return this.#provided.get(specifier);
    if (!isPath(specifier)) return nodeRequire(specifier);
    const file = findFile(path.resolve(dirname, specifier));
    if (file === undefined)
      throw new PluginLoadError('unreadable', 'ENOENT', `${path.resolve(dirname, specifier)}: No such file or directory`);
    return file.endsWith('.node') ? nodeRequire(file) : this.load(fs.realpathSync(file));
  }

  async #importDynamically(specifier: string, dirname: string, nodeRequire: NodeJS.Require): Promise<unknown> {
    const name = specifier.startsWith('file:') ? new URL(specifier).pathname : specifier;
    if (this.#provided.has(name) || isPath(name)) return namespaceOf(this.#import(name, dirname, nodeRequire));
    if (name.startsWith('node:') || !nodeRequire.resolve(name).startsWith('/')) return import(name);
    return import(pathToFileURL(nodeRequire.resolve(name)).href);
  }
}

/** The file that a path stands for: itself, with an ending added, `x.ts` for `x.js`, or a folder's index file. */
export function findFile(wanted: string): string | undefined {
  const typescript = wanted.replace(/\.([cm]?)js$/, '.$1ts');
  const candidates = [wanted, ...[...SOURCE_ENDINGS, '.json'].map((ending) => wanted + ending), typescript];
  return candidates.find(isFile) ?? SOURCE_ENDINGS.map((ending) => path.join(wanted, `index${ending}`)).find(isFile);
}

/** Bytes of a file. Errors: errno of the system and `FILE: strerror`. */
export function readSource(file: string): Buffer {
  try {
    return fs.readFileSync(file);
  } catch (e) {
    const error = toFluxError(e, 'EIO');
    throw new PluginLoadError('unreadable', error.code, `${file}: ${error.message}`, { cause: e });
  }
}

function compile(code: string, filename: string, dynamic: boolean): Compiled {
  const parameters = ['exports', 'require', 'module', '__filename', '__dirname', ...(dynamic ? [DYNAMIC_IMPORT, IMPORT_META] : [])];
  try {
    return vm.compileFunction(code, parameters, { filename }) as Compiled;
  } catch (e) {
    // V8 puts the place on the first line of the stack: FILE:LINE
    const { message, stack } = e as Error;
    const place = stack?.split('\n', 1)[0]?.startsWith(`${filename}:`) ? stack.split('\n', 1)[0] : filename;
    throw new PluginLoadError('syntax', 'EINVAL', `${place}: ${message}`, { cause: e });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (e) {
    throw new PluginLoadError('syntax', 'EINVAL', `${file}: ${errorText(e)}`, { cause: e });
  }
}

/** The value that `import()` resolves to: the exports of transpiled ESM, for CommonJS its members and itself as default. */
function namespaceOf(exports: unknown): unknown {
  const isEsm = (exports as { __esModule?: boolean } | null | undefined)?.__esModule === true;
  return isEsm ? exports : { ...(exports as object), default: exports };
}

const isPath = (specifier: string) => /^\.{1,2}(?:\/|$)|^\//.test(specifier);
const stripShebang = (source: string) => source.replace(/^\uFEFF/, '').replace(/^#!.*/, '');
