import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { namesOf } from '../support/faces';
import { plainEnvironment, root, runProgram } from '../support/shell';

// What an author has: a folder of his own, in which the package is a link to the installation, and a tsconfig as `tsc --init` would make it.
const tsconfig = { compilerOptions: { module: 'node16', target: 'es2022', strict: true, skipLibCheck: false, noEmit: true } };
const guide = fs.readFileSync(path.join(root, 'docs/plugins.md'), 'utf8');
const jobs = fs.readFileSync(path.join(root, 'docs/jobs.md'), 'utf8');

/** The plugins of the guide, one of each kind, by file name. */
const plugins = Object.fromEntries(
  [...guide.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(([, name, text]) => [name!, text!]),
);
const [, ownTest] = guide.match(/^```ts\n(import \{ testInstance \}[\s\S]*?)^```$/m)!;
const [, program] = jobs.match(/^```ts\n([\s\S]*?)^```$/m)!;

/** A module that serves a table of its own, and a client of it. */
const greeter = `
import { defineModule, type Flux, method, service, t } from 'flux';

const greeter = service('greeter', {
  greet: method({ role: 'user', request: t.object({ name: t.string() }), response: t.object({ text: t.string() }) }),
});

export default defineModule({ serves: greeter, api: 1, main: () => ({ greet: ({ name }) => ({ text: \`hi, \${name}\` }) }) });

export async function greet(flux: Flux): Promise<string> {
  const { text } = await flux.call(greeter.greet, { name: 'you' });
  return text;
}
`;
const globals = 'declare function expect(value: unknown): { rejects: { toThrow(text: string): Promise<void> } };\n';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-author-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(root, path.join(folder, 'node_modules/flux'));
  fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** What tsc says of these files. */
async function check(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, name), text);
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = await runProgram([process.execPath, tsc, '--pretty', 'false'], { cwd: folder, env: plainEnvironment(folder) });
  expect(stderr).toBe('');
  return stdout.split('\n').filter(Boolean);
}

/** A file that imports all that a face exports when it runs. */
function importsAll(face: string): string {
  const exported = runtimeNames(face).map((name) => `${name} as ${name}_`);
  return `import { ${exported.join(', ')} } from '${face}';\nexport { ${runtimeNames(face).map((name) => `${name}_`)} };\n`;
}

const runtimeNames = (face: string) => Object.keys(require(path.join(root, 'dist', `${face.split('/')[1] ?? 'index'}.js`)) as object);

test('plugins of each kind, their test and a program are type-checked outside the repository', async () => {
  expect(Object.keys(plugins)).toEqual(['counter.ts', 'fairness.ts', 'stopwatch.ts', 'named.ts']);
  const examples = ['hello.ts', 'limits.ts'].map((name) => [name, fs.readFileSync(path.join(root, 'examples', name), 'utf8')]);
  const said = await check({
    ...plugins,
    ...Object.fromEntries(examples),
    'program.mts': program!,
    'fairness.test.mts': ownTest!,
    'greeter.ts': greeter,
    'globals.d.ts': globals,
  });
  expect(said).toEqual([]);
});

test('a slip of the pen is an error in each of them', async () => {
  const slips: Record<string, [file: string, from: string, to: string, code: string]> = {
    'counter.ts': [plugins['counter.ts']!, 'm.options.from', 'm.options.form', 'TS2339'],
    'fairness.ts': [plugins['fairness.ts']!, 'p.conf.longest', 'p.conf.longst', 'TS2551'],
    'urgency.ts': [plugins['fairness.ts']!, 'job.urgency', 'job.urgncy', 'TS2551'],
    'hook.ts': [plugins['fairness.ts']!, "'job.state.priority'", "'job.state.priorty'", 'TS2769'],
    'stopwatch.ts': [plugins['stopwatch.ts']!, 'task.info.exitcode', 'task.info.exitcod', 'TS2551'],
    'named.ts': [plugins['named.ts']!, '({ jobspec })', '({ jobspeck })', 'TS2339'],
    'program.mts': [program!, 'ntasks: 2', 'ntask: 2', 'TS2561'],
    'fairness.test.mts': [ownTest!, 'duration: 7200', 'duration: "7200"', 'TS2322'],
    'request.ts': [greeter, "name: 'you'", "nam: 'you'", 'TS2561'],
    'handler.ts': [greeter, '{ greet: (', '{ great: (', 'TS2769'],
    'kind.ts': [plugins['named.ts']!, 'defineValidator, ', 'defineValidater, ', 'TS2724'],
  };
  const files = Object.entries(slips).map(([name, [text, from, to]]) => [name, text.replaceAll(from, to)]);
  const said = await check({ ...Object.fromEntries(files), 'globals.d.ts': globals });
  for (const [name, [, , , code]] of Object.entries(slips))
    expect(said).toContainEqual(expect.stringMatching(new RegExp(`^${name.replaceAll('.', '\\.')}\\(\\d+,\\d+\\): error ${code}: `)));
});

test('all that the faces have when they run is declared, the same thing in each', async () => {
  expect(runtimeNames('flux').length).toBeGreaterThan(100);
  const said = await check({
    'all.ts': importsAll('flux'),
    'internal.ts': importsAll('flux/internal'),
    'testing.ts': importsAll('flux/testing'),
    'same.ts': `import type { Flux } from 'flux';\nimport type { TestInstance } from 'flux/testing';\nexport const flux = (t: TestInstance): Flux => t.flux;\n`,
  });
  expect(said).toEqual([]);
});

test('an editor shows what each name of flux is', () => {
  const declarations = fs.readFileSync(path.join(root, 'dist/core.d.ts'), 'utf8');
  // A name that is also one of the DOM is declared with a number behind it.
  const isTold = (name: string) =>
    new RegExp(`\\*/\\n(?:export )?declare (?:abstract )?(?:const|function|class|type|interface) ${name}(?:_\\d+)?\\b`).test(declarations);
  const names = namesOf('core/index.ts').filter((name) => name !== 't'); // a namespace: its members are told
  expect(names.filter((name) => !isTold(name))).toEqual([]);
});
