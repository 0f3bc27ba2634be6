import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { isBuiltin } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type * as esbuild from 'esbuild';

const root = path.resolve(__dirname, '../../..');
const read = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');
const { dependencies, devDependencies, scripts } = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'scripts',
  Record<string, string>
>;
const shipped = ['core', 'cli', 'plugins', 'jobtap', 'shell-plugins', 'initrc'];
const others = ['test', 'bench', 'examples', 'scripts'];

function sources(dir: string): string[] {
  const files = fs.readdirSync(path.join(root, dir), { withFileTypes: true, recursive: true });
  return files
    .filter((file) => file.isFile() && /(?<!\.d)\.ts$|\.[cm]?js$/.test(file.name))
    .map((file) => path.relative(root, path.join(file.parentPath, file.name)));
}

/** A package that is loaded when it is first needed, kept out of a bundle: esbuild does not see it. */
const late = /createRequire\(__filename\)\('([^']+)'\)/g;

/** The sources, each with the packages that it imports, as esbuild's command reads them: imports of types are none. */
function importsOf(files: readonly string[]): { file: string; packages: string[] }[] {
  const metafile = path.join(os.tmpdir(), 'imports.json');
  const options = ['--bundle', '--packages=external', '--platform=node', '--format=esm', '--log-level=error', '--outfile=/dev/null'];
  execFileSync(path.join(root, 'node_modules/.bin/esbuild'), [...options, `--metafile=${metafile}`], {
    cwd: root,
    input: files.map((file) => `import './${file}';\n`).join(''),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const { inputs } = JSON.parse(fs.readFileSync(metafile, 'utf8')) as esbuild.Metafile;
  fs.rmSync(metafile);
  return files.map((file) => {
    const wanted = inputs[file]!.imports.filter(({ external }) => external).map((found) => found.path);
    for (const [, word] of read(file).matchAll(late)) wanted.push(word!);
    const packages = wanted.filter((word) => !isBuiltin(word) && /^[\w@]/.test(word) && word !== 'flux');
    return { file, packages: packages.map((word) => word.split('/', word.startsWith('@') ? 2 : 1).join('/')) };
  });
}

/** Whether a line of package.json's scripts, or a file in scripts/, runs a program of the package. */
function isRun(name: string): boolean {
  const { bin = {} } = JSON.parse(read(`node_modules/${name}/package.json`)) as { bin?: string | Record<string, string> };
  const programs = typeof bin === 'string' ? [path.basename(name)] : Object.keys(bin);
  const lines = Object.values(scripts).flatMap((line) => line.split('&&'));
  const files = sources('scripts').map(read);
  return (
    programs.some((program) => lines.some((line) => line.trim().split(' ')[0] === program)) ||
    files.some((text) => text.includes(`node_modules/${name}/`))
  );
}

describe('package.json', () => {
  let imports: ReturnType<typeof importsOf>;
  beforeAll(() => {
    imports = importsOf([...shipped, ...others].flatMap(sources));
  });
  const importedBy = (folders: readonly string[]) =>
    new Set(imports.filter(({ file }) => folders.includes(file.split('/')[0]!)).flatMap(({ packages }) => packages));

  test('each package that a source imports is declared; what is shipped needs no package of developers', () => {
    const undeclared = (folders: readonly string[], declared: object) =>
      [...importedBy(folders)].filter((name) => !Object.hasOwn(declared, name));
    expect(undeclared(shipped, dependencies)).toEqual([]);
    expect(undeclared(others, { ...dependencies, ...devDependencies })).toEqual([]);
  });

  test('each dependency is imported by what is shipped, or by the scripts that build it; or the shipped declarations refer to its types', () => {
    const used = importedBy([...shipped, 'scripts']);
    for (const file of sources('scripts'))
      for (const [, name] of read(file).matchAll(/<reference types="([^"]+)"/g)) used.add(`@types/${name}`);
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([]);
  });

  test('each package of developers is imported, run, or has the types of one that is', () => {
    const { types } = (JSON.parse(read('tsconfig.json')) as { compilerOptions: { types: string[] } }).compilerOptions;
    const used = importedBy([...shipped, ...others]);
    const isUsed = (name: string) => {
      const typed = /^@types\/(.*)/.exec(name)?.[1];
      return typed === undefined ? used.has(name) || isRun(name) : used.has(typed) || types.includes(typed);
    };
    expect(Object.keys(devDependencies).filter((name) => !isUsed(name))).toEqual([]);
  });

  test('package-lock.json names no registry', () => {
    expect(read('package-lock.json')).not.toContain('"resolved"');
  });
});
