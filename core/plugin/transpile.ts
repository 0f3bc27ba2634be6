import type { TransformFailure } from 'esbuild';
import { PluginLoadError } from './load-error';
import { keepLines } from './source-lines';

/** JavaScript as compileFunction takes it: a CommonJS function body, its code on the lines that it has in the source. */
export interface Transpiled {
  readonly code: string;
  /** Whether `import(…)` or `import.meta` were replaced by the names below. */
  readonly dynamic: boolean;
}

/** Name that replaces `import` in `import(…)`: a parameter that the module graph gives to the compiled function. */
export const DYNAMIC_IMPORT = '__fluxImport';
/** Name that replaces `import.meta`: a parameter, too. */
export const IMPORT_META = '__fluxImportMeta';

// A cheap test, wrong only on the safe side: what looks like ESM in a comment is transpiled, too, and comes out as it was.
const LOOKS_LIKE_ESM = /^\s*(?:import\b(?!\s*\()|export\b)/m;
const LOOKS_DYNAMIC = /\bimport\s*(?:\(|\.\s*meta\b)/;
const TYPESCRIPT = /\.[cm]?ts$/;

/**
 * The source of a plugin file, ESM or CommonJS, TypeScript or JavaScript, as a CommonJS function body. Plain CommonJS passes untouched and
 * without loading the compiler: so do all shipped plugins. TypeScript means what it means to tsc with its defaults and target ESNext; decorators,
 * `using` and `accessor` are lowered to what Node 20 has. Errors: EINVAL, `FILE:LINE: text`.
 */
export function transpile(source: string, file: string): Transpiled {
  const typescript = TYPESCRIPT.test(file);
  const esm = typescript || file.endsWith('.mjs') || (!file.endsWith('.cjs') && LOOKS_LIKE_ESM.test(source));
  const dynamic = LOOKS_DYNAMIC.test(source);
  const code = esm ? toCommonJs(source, file, typescript) : source;
  return { code: dynamic ? replaceImports(code) : code, dynamic };
}

const compiler = () => require('./compiler') as typeof import('./compiler');

function toCommonJs(source: string, file: string, typescript: boolean): string {
  const { transformSync, decodeMappings } = compiler();
  try {
    const { code, map } = transformSync(source, {
      loader: typescript ? 'ts' : 'js',
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      charset: 'utf8',
      sourcefile: 'plugin', // the ending .mjs would change what `import x from` a file of the plugin means
      sourcemap: 'external',
      sourcesContent: false,
      minifyWhitespace: true, // all on one line, for keepLines
      legalComments: 'none',
      define: { 'import.meta': IMPORT_META },
      logLevel: 'silent',
    });
    return `"use strict";${keepLines(code.trimEnd(), decodeMappings((JSON.parse(map) as { mappings: string }).mappings))}`;
  } catch (e) {
    throw syntaxError(e as TransformFailure, file);
  }
}

/** Replaces them in place, strings and comments apart. What can't be parsed stays: whoever compiles it says what is wrong, and where. */
function replaceImports(code: string): string {
  const { findImports } = compiler();
  let replaced = '';
  let done = 0;
  for (const { start, end, by } of importsOf(code, findImports)) {
    replaced += code.slice(done, start) + by;
    done = end;
  }
  return replaced + code.slice(done);
}

function importsOf(code: string, findImports: ReturnType<typeof compiler>['findImports']): { start: number; end: number; by: string }[] {
  try {
    const [imports] = findImports(code);
    return imports.flatMap(({ s, e, ss, d }) => {
      if (d === -2) return [{ start: s, end: e, by: IMPORT_META }];
      return d > -1 ? [{ start: ss, end: ss + 'import'.length, by: DYNAMIC_IMPORT }] : [];
    });
  } catch {
    return [];
  }
}

function syntaxError(e: TransformFailure, file: string): PluginLoadError {
  const [first] = e.errors ?? [];
  const line = first?.location?.line;
  return new PluginLoadError('syntax', 'EINVAL', `${file}${line === undefined ? '' : `:${line}`}: ${first?.text ?? e.message}`, {
    cause: e,
  });
}
