import { PluginLoadError } from './load-error';

/** JavaScript as compileFunction takes it: a CommonJS function body, line for line as in the source. */
export interface Transpiled {
  readonly code: string;
  /** Whether `import(…)` or `import.meta` were replaced by the names below. */
  readonly dynamic: boolean;
}

/** What `import(…)` and `import.meta` become: parameters that the module graph gives to the compiled function. */
export const DYNAMIC_IMPORT = '__fluxImport';
export const IMPORT_META = '__fluxImportMeta';

// A cheap test, wrong only on the safe side: what looks like ESM in a comment is transpiled, too, and comes out as it was.
const LOOKS_LIKE_ESM = /^\s*(?:import\b(?!\s*\()|export\b)/m;
const LOOKS_DYNAMIC = /\bimport\s*(?:\(|\.\s*meta\b)/;
const TYPESCRIPT = /\.[cm]?ts$/;

/**
 * The source of a plugin file, ESM or CommonJS, TypeScript or JavaScript, as a CommonJS function body. Plain CommonJS passes untouched and
 * without loading the compiler: so do all shipped plugins. Errors: EINVAL, `FILE:LINE: text`.
 */
export function transpile(source: string, file: string): Transpiled {
  const typescript = TYPESCRIPT.test(file);
  const esm = typescript || file.endsWith('.mjs') || (!file.endsWith('.cjs') && LOOKS_LIKE_ESM.test(source));
  const looksDynamic = LOOKS_DYNAMIC.test(source);
  if (!esm && !looksDynamic) return { code: source, dynamic: false };
  try {
    const code = looksDynamic ? replaceDynamicImports(source, typescript) : source;
    return { code: esm ? toCommonJs(code, file, typescript) : code, dynamic: code !== source };
  } catch (e) {
    throw syntaxError(e, file);
  }
}

const compiler = () => require('./sucrase') as typeof import('./sucrase');

function toCommonJs(source: string, file: string, typescript: boolean): string {
  const { transform } = compiler();
  const { code } = transform(source, {
    transforms: typescript ? ['typescript', 'imports'] : ['imports'],
    disableESTransforms: true,
    production: true,
    filePath: file,
  });
  return code;
}

/** Replaces them token by token, so that strings and comments stay as they are, and in place, so that lines do. */
function replaceDynamicImports(source: string, typescript: boolean): string {
  const { parse, TokenType } = compiler();
  const { tokens } = parse(source, false, typescript, false);
  const text = (i: number) => source.slice(tokens[i]?.start ?? 0, tokens[i]?.end ?? 0);
  let code = '';
  let done = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.isType || text(i) !== 'import') continue;
    // The parser takes the `import` of `import.meta` for a name, as it does that of `o.import`.
    const isMeta = token.type === TokenType.name && text(i + 1) === '.' && text(i + 2) === 'meta' && !/\.$/.test(text(i - 1));
    const isCall = token.type === TokenType._import && text(i + 1) === '(';
    if (!isMeta && !isCall) continue;
    code += source.slice(done, token.start) + (isMeta ? IMPORT_META : DYNAMIC_IMPORT);
    done = isMeta ? tokens[i + 2]!.end : token.end;
  }
  return code + source.slice(done);
}

/** sucrase says `Error transforming FILE: Unexpected token (3:5)`. */
function syntaxError(e: unknown, file: string): PluginLoadError {
  const { message, loc } = e as { message: string; loc?: { line: number } };
  const text = message.replace(`Error transforming ${file}: `, '').replace(/ \(\d+:\d+\)$/, '');
  return new PluginLoadError('syntax', 'EINVAL', `${file}${loc ? `:${loc.line}` : ''}: ${text}`, { cause: e });
}
