import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import * as flux from '../../../core/plugin';
import { type JobtapContext, type JobtapDefinition, loadPlugin } from '../../../core/plugin';
import { TempFolder, thrownBy } from './temp-folder';

const folder = new TempFolder();
afterAll(() => folder.remove());

const load = (file: string) => loadPlugin(file, { kind: 'jobtap', library: { flux } });

/** What a plugin of these tests tells through its setup: it hands a value to p.log.info. */
function said(definition: JobtapDefinition<unknown>): string {
  let text = '';
  definition.setup({ log: { info: (line: string) => void (text = line) } } as unknown as JobtapContext<unknown>);
  return text;
}

const esm = (text: string) => `
import { defineJobtap } from 'flux';
import { greeting } from './greeting';
export default defineJobtap({ name: 'hello', api: 1, setup(p) { p.log.info(greeting + ${JSON.stringify(text)}); } });
`;

const sources: Record<string, Record<string, string>> = {
  'TypeScript ESM': {
    'ts/hello.ts': `import { defineJobtap, t } from 'flux';
import type { Missing } from './missing';
enum Mood { Good = 'good' }
export default defineJobtap({ name: 'hello', api: 1, config: t.object({}), setup(p: { log: any }): void { p.log.info(Mood.Good as string satisfies string); } });`,
  },
  'TypeScript CommonJS': {
    'cts/hello.ts': `import flux = require('flux');
export = flux.defineJobtap({ name: 'hello', api: 1, setup(p) { p.log.info('good'); } });`,
  },
  'JavaScript ESM': {
    'esm/hello.js': `import * as flux from 'flux';
import { readFileSync } from 'node:fs';
import data from './data.json';
export default flux.defineJobtap({ name: 'hello', api: 1, setup(p) { p.log.info(data.mood + (readFileSync ? '' : '!')); } });`,
    'esm/data.json': '{ "mood": "good" }',
  },
  mjs: {
    'mjs/hello.mjs': `export { default } from './lib/inner.mjs'`,
    'mjs/lib/inner.mjs': `import { defineJobtap } from 'flux'; export default defineJobtap({ name: 'hello', api: 1, setup(p) { p.log.info('good') } })`,
  },
  CommonJS: {
    'cjs/hello.js': `const { defineJobtap } = require('flux');\nmodule.exports = defineJobtap({ name: 'hello', api: 1, setup(p) { p.log.info('good'); } });`,
  },
  cjs: {
    'cjs2/hello.cjs': `exports.default = require('flux').defineJobtap({ name: 'hello', api: 1, setup(p) { p.log.info(require('./lib').mood) } });`,
    'cjs2/lib/index.js': `exports.mood = 'good'`,
  },
};

test.each(Object.keys(sources))('a plugin can be %s', (form) => {
  const file = folder.write(sources[form]!);
  const plugin = load(file);
  expect(said(plugin.definition)).toBe('good');
  expect(plugin.name).toBe('hello');
  expect(plugin.path).toBe(file);
});

test('a plugin can be a folder with an index file, and is named after the folder', () => {
  const index = folder.write({ 'greeter/index.ts': esm('folder'), 'greeter/greeting.ts': `export const greeting: string = 'hi ';` });
  const plugin = load(path.dirname(index));
  expect(said(plugin.definition)).toBe('hi folder');
  expect(plugin).toMatchObject({ name: 'greeter', path: index, files: [index, path.join(path.dirname(index), 'greeting.ts')] });
});

test('size and digest are those of the file', () => {
  const file = folder.write({ 'sized/hello.js': `${sources['CommonJS']!['cjs/hello.js']} // ƒ` });
  const bytes = fs.readFileSync(file);
  expect(load(file)).toMatchObject({ size: bytes.length, digest: createHash('sha1').update(bytes).digest('hex') });
});

test('each load runs what is on disk now, relative imports included, and leaves earlier loads as they were', () => {
  const file = folder.write({ 'reload/hello.ts': esm('one'), 'reload/greeting.ts': `export const greeting = 'hi ';` });
  const one = load(file);
  folder.write({ 'reload/hello.ts': esm('two'), 'reload/greeting.ts': `export const greeting = 'ho ';` });
  const two = load(file);
  expect([said(one.definition), said(two.definition)]).toEqual(['hi one', 'ho two']);
  expect(one.digest).not.toBe(two.digest);
});

test('two loads share no module state', () => {
  const counter = `import { defineJobtap } from 'flux'; let n = 0; export default defineJobtap({ name: 'count', api: 1, setup(p) { p.log.info(String(++n)); } });`;
  const file = folder.write({ 'count.mjs': counter });
  const [one, two] = [load(file), load(file)];
  expect([said(one.definition), said(one.definition), said(two.definition)]).toEqual(['1', '2', '1']);
});

test('relative imports may form a circle', () => {
  const file = folder.write({
    'circle/hello.ts': `import { defineJobtap } from 'flux'; import { say } from './b'; export const name = 'circle'; export default defineJobtap({ name, api: 1, setup(p) { p.log.info(say()); } });`,
    'circle/b.ts': `import { name } from './hello'; export const say = () => 'in a ' + name;`,
  });
  expect(said(load(file).definition)).toBe('in a circle');
});

test('bare names resolve from the folder of the file that imports them', () => {
  const file = folder.write({
    'site/hello.mjs': `import { defineJobtap } from 'flux'; import colour from 'colour'; export default defineJobtap({ name: 'h', api: 1, setup(p) { p.log.info(colour.name) } });`,
    'site/node_modules/colour/package.json': '{ "main": "main.js" }',
    'site/node_modules/colour/main.js': `exports.name = 'blue'`,
  });
  expect(said(load(file).definition)).toBe('blue');
});

test('import() uses the same modules; import.meta and strings that look like either work', async () => {
  const file = folder.write({
    'dynamic/hello.mjs': `import { defineJobtap } from 'flux';
import { state } from './state.mjs';
state.n = 5;
export const loaded = () => Promise.all([import('./state.mjs'), import('./plain.cjs'), import('flux'), import('node:path'), import('esm-only')]);
export default defineJobtap({ name: 'h', api: 1, setup: (p) => p.log.info([import.meta.url, import.meta.dirname, "import('x') import.meta"].join()), loaded });`,
    'dynamic/state.mjs': 'export const state = { n: 0 };',
    'dynamic/plain.cjs': 'exports.a = 1; exports.later = () => import("./state.mjs");',
    'dynamic/node_modules/esm-only/package.json': '{ "type": "module", "exports": "./index.js" }',
    'dynamic/node_modules/esm-only/index.js': 'export const only = "esm";',
  });
  const plugin = load(file);
  const { definition } = plugin;
  expect(said(definition)).toBe(`file://${file},${path.dirname(file)},import('x') import.meta`);
  const [state, plain, host, nodePath, esmOnly] = await (
    definition as unknown as { loaded(): Promise<Record<string, unknown>[]> }
  ).loaded();
  expect(state).toMatchObject({ state: { n: 5 } });
  expect(plain).toMatchObject({ a: 1, default: { a: 1 } });
  expect(await (plain!['later'] as () => Promise<unknown>)()).toMatchObject({ state: { n: 5 } });
  expect(host!['defineJobtap']).toBe(flux.defineJobtap);
  expect(nodePath!['join']).toBe(path.join);
  expect(esmOnly!['only']).toBe('esm');
  expect(plugin.files).toContain(path.join(path.dirname(file), 'plain.cjs'));
});

test('import() in TypeScript is told from import types', async () => {
  const file = folder.write({
    'typed/hello.ts': `import { defineJobtap } from 'flux';
type Lib = typeof import('./lib');
const load = async (): Promise<import('./lib').Mood> => ((await import('./lib')) as Lib).mood;
export default defineJobtap({ name: 'h', api: 1, setup(p: any) { p.log.info(load()); } });`,
    'typed/lib.ts': `export type Mood = string; export const mood: Mood = 'good';`,
  });
  expect(await said(load(file).definition)).toBe('good');
});

test('a stack names the plugin file and its line', async () => {
  const file = folder.write({
    'thrower.ts': `import { defineJobtap } from 'flux';\ninterface A { b: string }\n\nexport default defineJobtap({ name: 'x', api: 1, setup() {\n  throw new Error('boom');\n} });`,
  });
  expect((await thrownBy(() => said(load(file).definition))).stack).toContain(`${file}:5:`);
});

const features: Record<string, string> = {
  'a namespace': `namespace N { export const word = 'good'; } const value = N.word;`,
  'a const enum': `const enum Mood { Good = 'good' } const value = Mood.Good;`,
  'a decorator': `const calls: string[] = [];
function traced(f: Function, { name }: ClassMethodDecoratorContext) { return function (this: unknown) { calls.push(String(name)); return f.call(this); }; }
class A { @traced good() {} }
new A().good();
const value = calls.join();`,
  using: `let value = 'bad';\n{ using r = { [Symbol.dispose]() { value = 'good'; } }; value = 'worse'; }`,
  accessor: `class A { accessor mood = 'good'; }\nconst value = Object.hasOwn(new A(), 'mood') ? 'bad' : new A().mood;`,
  'a class field without value': `class A { mood = 'bad'; }\nclass B extends A { mood: any; declare other: string; }
const b: B = new B();\nconst value = b.mood === undefined && !('other' in b) ? 'good' : b.mood;`,
  'a parameter property': `class A { constructor(readonly mood: string) {} }\nconst value = new A('good').mood;`,
  satisfies: `const value = ('good' satisfies string)!;`,
};

test.each(Object.keys(features))('%s of TypeScript works as tsc compiles it', (feature) => {
  const file = folder.write({
    'feature/hello.ts': `import { defineJobtap } from 'flux';\n${features[feature]}
export default defineJobtap({ name: 'hello', api: 1, setup(p) { p.log.info(value); } });`,
  });
  expect(said(load(file).definition)).toBe('good');
});

test('nothing of the compiler stays behind', () => {
  const before = process.env['ESBUILD_WORKER_THREADS'];
  load(folder.write({ 'ended/hello.ts': sources['TypeScript ESM']!['ts/hello.ts']! }));
  expect(process.env['ESBUILD_WORKER_THREADS']).toBe(before);
  expect(process.getActiveResourcesInfo().filter((kind) => /Process|MessagePort/.test(kind))).toEqual([]);
});

test.each([
  ['parameter.ts', `import { t } from 'flux';\nclass A { m(\n@t a) {} }\n`, 3],
  ['syntax.ts', `import { t } from 'flux';\n\nlet a: = 1;\n`, 3],
  ['syntax.mjs', `import { t } from 'flux';\nlet a = ;\n`, 2],
  ['syntax.cjs', `\n\nlet a = ;\n`, 3],
  ['redeclared.mjs', `import { t } from 'flux';\nlet a;\nlet a;\n`, 3],
  ['awaits.mjs', `import { t } from 'flux';\n\nawait t;\n`, 3],
])('a syntax error in %s names file and line', async (name, source, line) => {
  const file = folder.write({ [name]: source });
  const error = await thrownBy(() => load(file));
  expect(error).toMatchObject({ name: 'PluginLoadError', code: 'EINVAL', failure: 'syntax' });
  expect(error.message).toMatch(new RegExp(`^${file}:${line}: \\S`));
});

test('an error in an imported file names that file', async () => {
  const file = folder.write({ 'outer.ts': `import './inner';`, 'inner.ts': `\nconst = 1;` });
  expect((await thrownBy(() => load(file))).message).toMatch(`${path.join(folder.path, 'inner.ts')}:2: `);
});

test('an exception while a plugin is evaluated names the line', async () => {
  const file = folder.write({ 'evaluated.ts': `import { t } from 'flux';\n\nt.nothing.at.all;` });
  const error = await thrownBy(() => load(file));
  expect(error).toMatchObject({ failure: 'evaluation', code: 'EINVAL' });
  expect(error.message).toMatch(`${file}:3: Cannot read properties of undefined`);
});

test('an errno of an exception is kept', async () => {
  const file = folder.write({ 'with space/errno.cjs': `require('node:fs').readFileSync('/no/such/file');` });
  expect(await thrownBy(() => load(file))).toMatchObject({
    code: 'ENOENT',
    failure: 'evaluation',
    message: expect.stringMatching(`^${file}:1: ENOENT`),
  });
});

test('CommonJS finds require.resolve and knows that it is not the main module', () => {
  const source = `if (require.main === module) throw new Error('main'); ${sources['CommonJS']!['cjs/hello.js']!.replace("'good'", "require.resolve('./hello.js')")}`;
  const file = folder.write({ 'resolve/hello.js': source });
  expect(said(load(file).definition)).toBe(file);
});

test('a missing import names what is missing', async () => {
  const file = folder.write({ 'importer.ts': `import './nowhere';`, 'packages.ts': `import 'no-such-package-here';` });
  expect(await thrownBy(() => load(file))).toMatchObject({
    code: 'ENOENT',
    message: `${path.join(folder.path, 'nowhere')}: No such file or directory`,
  });
  expect((await thrownBy(() => load(path.join(folder.path, 'packages.ts')))).message).toMatch(
    /packages\.ts(:1)?: Cannot find module 'no-such-package-here'$/,
  );
});

test('a file that is not there is ENOENT', async () => {
  const file = path.join(folder.path, 'missing.js');
  expect(await thrownBy(() => load(file))).toMatchObject({
    code: 'ENOENT',
    failure: 'unreadable',
    message: `${file}: No such file or directory`,
  });
});

test('another kind is refused, naming both', async () => {
  const file = folder.write({
    'kind.mjs': `import { defineModule } from 'flux'; export default defineModule({ name: 'm', api: 1, main() {} });`,
  });
  expect(await thrownBy(() => load(file))).toMatchObject({ failure: 'kind', message: `${file}: is a broker module, not a jobtap plugin` });
  expect(loadPlugin(file, { kind: 'module', library: { flux } }).definition.name).toBe('m');
});

test.each([
  ['no default export', `import 'flux'; export const a = 1;`],
  ['an untagged object', `module.exports = { name: 'x', api: 1, setup() {} };`],
  ['nothing', ''],
])('%s is no plugin', async (_what, source) => {
  const file = folder.write({ 'none.js': source });
  expect(await thrownBy(() => load(file))).toMatchObject({
    failure: 'no-plugin',
    message: `${file}: no plugin: its default export must come from defineJobtap`,
  });
});

test('another API version is refused', async () => {
  const file = folder.write({
    'api.mjs': `import { defineJobtap } from 'flux'; export default defineJobtap({ name: 'x', api: 2, setup() {} });`,
  });
  expect(await thrownBy(() => load(file))).toMatchObject({ failure: 'api', message: `${file}: written for plugin API 2, this is 1` });
});

test('a definition without a version of the plugin API is refused', async () => {
  const file = folder.write({ 'noapi.js': `module.exports = require('flux').defineJobtap({ name: 'x', setup() {} });` });
  expect(await thrownBy(() => load(file))).toMatchObject({ failure: 'api', message: `${file}: the plugin has no \`api\`, this is 1` });
});

test('a C plugin is told apart from broken JavaScript', async () => {
  const file = folder.write({ 'limits.so': '\x7fELF\x02\x01' });
  expect(await thrownBy(() => load(file))).toMatchObject({
    failure: 'c-plugin',
    code: 'EINVAL',
    message: `${file} is a C plugin; see docs/migration.md`,
  });
  expect(await thrownBy(() => load(path.join(folder.path, 'other.so')))).toMatchObject({ code: 'ENOENT' });
});

test('plain CommonJS loads without the compiler', () => {
  const file = folder.write({ 'fast.js': sources['CommonJS']!['cjs/hello.js']! });
  const script = `const { loadPlugin, ...flux } = require(${JSON.stringify(require.resolve('../../../core/plugin'))});
    loadPlugin(${JSON.stringify(file)}, { kind: 'jobtap', library: { flux } });
    if (Object.keys(require.cache).some((f) => f.includes('esbuild'))) throw new Error('the compiler is loaded');`;
  const runner = folder.write({ 'runner.js': script });
  // A worker has a require cache of its own.
  const { Worker } = require('node:worker_threads') as typeof import('node:worker_threads');
  return new Promise<void>((resolve, reject) => {
    new Worker(runner).on('error', reject).on('exit', () => resolve());
  });
});

test('an unloaded plugin is garbage', async () => {
  const file = folder.write({ 'garbage/hello.ts': esm('x'), 'garbage/greeting.ts': `export const greeting = '';` });
  const { setFlagsFromString } = require('node:v8') as typeof import('node:v8');
  setFlagsFromString('--expose-gc');
  const gc = (require('node:vm') as typeof import('node:vm')).runInNewContext('gc') as () => void;
  const loadWeakly = () => new WeakRef(load(file).definition);
  const refs = Array.from({ length: 3 }, loadWeakly);
  for (let i = 0; i < 20 && refs.some((ref) => ref.deref()); i++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  expect(refs.filter((ref) => ref.deref())).toEqual([]);
});
