import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Running, root, run, start } from './processes';

/** A small repository with our scripts: npm test and npm run watch at work, without the tests that are ours. */
let folder: string;
const at = (file: string) => path.join(folder, file);
const write = (files: Record<string, string>) => {
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(at(file)), { recursive: true });
    fs.writeFileSync(at(file), text);
  }
};
const env = () => ({ TMPDIR: at('tmp') }); // where jest keeps what it knows of the files

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-habits-'));
  for (const file of ['scripts', 'package.json', 'package-lock.json', 'jest.config.js', 'core/schema/nearest.ts'])
    fs.cpSync(path.join(root, file), at(file), { recursive: true });
  fs.symlinkSync(path.join(root, 'node_modules'), at('node_modules'));
  fs.mkdirSync(at('tmp'));
  for (const room of ['plugins', 'jobtap', 'shell-plugins', 'initrc', 'cli', 'bench', 'examples']) fs.mkdirSync(at(room));
  write({
    'core/index.ts': '',
    'core/half.ts': 'export const half = (n: number): number => n / 2;\n',
    'core/other.ts': 'export const other = 1;\n',
    'plugins/sum/index.ts': 'export const sum = 1;\n',
    'test/support/setup.ts': "process.once('disconnect', () => process.exit());\n",
    'test/unit/half.test.ts': `interface Row {
  n: number;
}

import { half } from '../../core/half';

const rows: Row[] = [{ n: 4 }];

test('half of four', () => {
  expect(rows.map(({ n }) => half(n))).toEqual([2]);
});
`,
    'test/unit/other.test.ts': `import { other } from '../../core/other';

test('the other', () => expect(other).toBe(1));
`,
    'test/service/sum/sum.test.ts': "test('a plugin that is loaded by its name', () => {});\n",
  });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const BROKEN = 'export const half = (n: number): number => n / 4;\n';

describe('npm test', () => {
  const npmTest = (...args: string[]) => run([process.execPath, 'scripts/test.mjs', '--no-build', ...args], { cwd: folder, env: env() });
  beforeEach(async () => {
    expect(await run([process.execPath, 'scripts/build.mjs', '--tree-only', '--quiet'], { cwd: folder })).toMatchObject({ status: 0 });
  });

  test('runs a test by the name of its source, and fails with positions in the source', async () => {
    expect(await npmTest('test/unit/half.test.ts')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('PASS test/unit/half.test.ts'),
    });
    write({ 'core/half.ts': BROKEN });
    await run([process.execPath, 'scripts/build.mjs', '--tree-only', '--quiet'], { cwd: folder });
    const { status, stderr } = await npmTest('half');
    expect(status).toBe(1);
    expect(stderr).toContain('FAIL test/unit/half.test.ts');
    expect(stderr).toContain(`at ${at('test/unit/half.test.ts')}:10:40`);
    expect(stderr).toContain('Ran all test suites within paths "test/unit/half.test.ts"');
    expect(stderr).not.toContain('build/test');
  });

  test('runs the tests of a name, of all files', async () => {
    const { status, stderr } = await npmTest('-t', 'the other');
    expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/Tests: +2 skipped, 1 passed, 3 total/) });
  });

  test('refuses what names no test before it builds or runs anything', async () => {
    expect(await npmTest('test/unit/halve.test.ts')).toMatchObject({
      status: 2,
      stderr: 'npm test: test/unit/halve.test.ts names no test; the nearest is test/unit/half.test.ts\n',
    });
  });
});

describe('npm run watch', () => {
  let watch: Running | undefined;
  const begin = (...args: string[]) =>
    (watch = start([process.execPath, 'scripts/watch.mjs', ...args], { cwd: folder, env: env(), group: true }));
  const SIGINT = os.constants.signals.SIGINT;
  const end = async () => {
    watch!.kill(SIGINT);
    const ran = await watch!.ended;
    watch = undefined;
    return ran;
  };
  afterEach(async () => {
    if (!watch) return;
    watch.kill(os.constants.signals.SIGKILL);
    await watch.ended;
  });

  test('runs the tests that import what has changed, and ends on Ctrl-C', async () => {
    const running = begin();
    await running.says('waiting for changes');
    write({ 'core/half.ts': BROKEN });
    await running.says('core/half.ts: built in');
    await running.complains('FAIL test/unit/half.test.ts');
    const { status, stdout, stderr } = await end();
    expect(status).toBe(0);
    expect(stdout).not.toContain('left behind');
    expect(stderr).not.toContain('other.test.ts');
  });

  test('runs the tests of a plugin, and a new test', async () => {
    const running = begin();
    await running.says('waiting for changes');
    write({ 'plugins/sum/index.ts': 'export const sum = 2;\n' });
    await running.complains('PASS test/service/sum/sum.test.ts');
    write({ 'test/unit/fresh.test.ts': "test('fresh', () => {});\n" });
    await running.complains('PASS test/unit/fresh.test.ts');
    expect(await end()).toMatchObject({ status: 0 });
  });

  test('runs the tests that it is given, at once and after each change', async () => {
    const running = begin('half');
    await running.complains('PASS test/unit/half.test.ts');
    write({ 'core/other.ts': 'export const other = 2;\n', 'core/half.ts': BROKEN });
    await running.complains('FAIL test/unit/half.test.ts');
    expect((await end()).stderr).not.toContain('other.test.ts');
  });

  test('tells what does not compile, and goes on', async () => {
    const running = begin('half');
    await running.complains('PASS test/unit/half.test.ts');
    write({ 'core/half.ts': 'export const half = ;\n' });
    await running.complains('core/half.ts:1:20');
    write({ 'core/half.ts': BROKEN });
    await running.complains('FAIL test/unit/half.test.ts');
    expect(await end()).toMatchObject({ status: 0 });
  });

  test('a change, and Ctrl-C, end tests that run', async () => {
    write({
      'test/unit/slow.test.ts': `test('waits', async () => {
  process.stderr.write('it waits\\n');
  await new Promise((resolve) => setTimeout(resolve, 3_600_000));
});
`,
    });
    const running = begin('slow');
    await running.complains('it waits');
    write({ 'core/other.ts': 'export const other = 2;\n' });
    await running.says('core/other.ts: built in');
    const { status, stdout } = await end();
    expect(status).toBe(0);
    expect(stdout).not.toContain('Tests:');
  });

  test('refuses what names no test', async () => {
    expect(await begin('halv').ended).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('watch: halv names no test; the nearest is'),
    });
    watch = undefined;
  });
});
