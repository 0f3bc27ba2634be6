// Tests by the names of their sources: what `npm test WORD…` and `npm run watch WORD…` mean.
//
// A word is a test file, a folder of tests, or part of the path of some. build/test/x.test.js is test/x.test.ts, too.
import fs from 'node:fs';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { yargsOptions } from 'jest-cli';
import { root, walk } from './build-tree.mjs';

const SOAK = 'test/soak/';

/** The sources of all tests, from the root of the repository. */
export function testSources() {
  const files = [...walk(path.join(root, 'test'))].filter((file) => file.endsWith('.test.ts'));
  return files.map((file) => path.relative(root, file)).sort();
}

/** What a source is built to, and what a file of build/ was built from; both from the root of the repository. */
export const builtOf = (source) => path.join('build', source.replace(/\.ts$/, '.js'));
export const sourceOf = (built) => path.relative('build', built).replace(/\.js$/, '.ts');

/** Takes a command line apart: what is jest's, and the words that name tests. */
export function splitArguments(args) {
  const options = [];
  const names = [];
  let takes = 'none'; // the words after an option: none of them, one, or all up to the next option
  for (const arg of args) {
    if (arg === '--') continue;
    if (/^-./.test(arg)) takes = arg.includes('=') ? 'none' : wordsAfter(arg);
    else if (takes === 'none') {
      names.push(arg);
      continue;
    } else if (takes === 'one') takes = 'none';
    options.push(arg);
  }
  return { options, names };
}

/** As jest's own table has it. */
function wordsAfter(option) {
  const long = option.replace(/^--/, '').replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const { type, requiresArg } = option.startsWith('--') ? (yargsOptions[long] ?? byAlias(long)) : byAlias(option.at(-1));
  if (!requiresArg) return 'none';
  return type === 'array' ? 'all' : 'one';
}

const byAlias = (alias) => Object.values(yargsOptions).find((option) => option.alias === alias) ?? {};

/**
 * The sources that `names` name, each once, in the order of their names; all that may run when there is no name. `folders`: where a relative path
 * may begin. @throws Error if a name is none, with the nearest; if it names long forms only, and `soak` isn't wanted.
 */
export async function namedTests(names, { soak = false, sources = testSources(), folders = [process.env.INIT_CWD ?? root, root] } = {}) {
  const may = (source) => source.startsWith(SOAK) === soak;
  if (names.length === 0) return sources.filter(may);
  const found = new Set();
  for (const name of names) {
    const all = testsOf(name, sources, folders);
    const runnable = all.filter(may);
    if (runnable.length === 0) throw new Error(await reason(name, all, sources));
    for (const source of runnable) found.add(source);
  }
  return [...found].sort();
}

function testsOf(name, sources, folders) {
  for (const folder of folders) {
    const file = path.relative(root, path.resolve(folder, name));
    const paths = [file, sourceOf(file)];
    const exact = sources.filter((source) => paths.some((at) => source === at || source.startsWith(`${at}/`)));
    if (exact.length > 0) return exact;
    if (fs.existsSync(path.join(root, file))) return []; // it is there, and no test: part of a name it is not
  }
  return sources.filter((source) => source.includes(name.replace(/^\.\//, '')));
}

async function reason(name, found, sources) {
  if (found.length > 0) {
    const [isSoak, line] = found[0].startsWith(SOAK) ? ['a long form', 'npm run soak'] : ['no long form', 'npm test'];
    return `${name} is ${isSoak}: ${line} ${name}`;
  }
  const near = await nearestTest(name, sources);
  return `${name} names no test${near === undefined ? '' : `; the nearest is ${near}`}`;
}

/** The test, or folder of tests, whose name is most like this one: the last part of the path counts, and then the whole. */
async function nearestTest(name, sources) {
  const { nearest } = await importSource('core/schema/nearest.ts');
  const word = stem(name);
  const folders = [...new Set(sources.flatMap((source) => parents(source)))];
  const candidates = [...sources, ...folders];
  const last = candidates.some((candidate) => stem(candidate) === word) ? word : nearest(word, candidates.map(stem));
  if (last === undefined) return undefined;
  const alike = candidates.filter((candidate) => stem(candidate) === last);
  return nearest(name, alike) ?? alike[0];
}

const stem = (file) => path.basename(file).replace(/(\.test)?\.[jt]s$/, '');

function parents(source) {
  const parent = path.dirname(source);
  return parent === 'test' ? [] : [parent, ...parents(parent)];
}

/** A module of the sources that has to run before anything is built. */
async function importSource(file) {
  const { outputFiles } = await esbuild.build({ entryPoints: [path.join(root, file)], bundle: true, write: false, format: 'esm' });
  await esbuild.stop();
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}
