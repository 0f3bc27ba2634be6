import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { flux, root, run, start } from './processes';

let dir: string;
/** Python itself: what PATH has may be a script of bash. */
let python: string;
beforeAll(async () => {
  python = (await run(['python3', '-c', 'import sys; print(sys.executable)'])).stdout.trim();
});
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-env-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

/** Variables that shells drop, take for their own, or that a script of ours might use. */
const odd: Record<string, string> = {
  'BASH_FUNC_module%%': '() {  echo "module $1"\n}',
  'a.b': 'dot',
  'x-y z': 'dash and space',
  é: 'ü',
  lines: 'a\nb',
  SHLVL: '5',
  SHELLOPTS: 'braceexpand:hashall:xtrace',
  BASHOPTS: 'extglob',
  BASH_ENV: '/dev/null',
  ENV: '/dev/null',
  IFS: ':',
  PS4: '$(exit 3)+ ',
  OPTIND: '7',
  OPTERR: '0',
  CDPATH: '/',
  self: '1',
  link: '2',
  home: '3',
  name: '4',
  entry: '5',
};

/** What a program prints as JSON of these variables, and of those that nobody set. */
function printer(names: string[]): string {
  const file = path.join(dir, 'print.py');
  fs.writeFileSync(
    file,
    `import json, os
print(json.dumps([{name: os.environ.get(name) for name in ${JSON.stringify(names)}}, [name for name in os.environ if name.startswith("_flux") or name.startswith("FLUX_PUT") or "ASIDE" in name]]))
`,
  );
  return file;
}

const printed = (text: string): unknown[] =>
  text
    .trim()
    .split(/\r?\n/)
    .map((line) => JSON.parse(line) as unknown);

test.each([
  ['flux', [flux, 'env']],
  ['a link to flux', ['LINK', 'env']],
  ['a program of the installation', [path.join(root, 'dist/libexec/flux-start'), '-o,-Sbroker.rc1_path=,-Sbroker.rc3_path=']],
])('%s hands variables of any name on as they are', async (_, argv) => {
  fs.symlinkSync(flux, path.join(dir, 'LINK'));
  const line = [...argv.map((word) => (word === 'LINK' ? path.join(dir, word) : word)), python, printer(Object.keys(odd))];
  const { status, stdout, stderr } = await run(line, {
    env: { ...odd, FLUX_EXEC_PATH: path.join(root, 'dist/libexec'), FLUX_MODULE_PATH: path.join(root, 'dist') },
  });
  expect({ status, stderr, printed: printed(stdout) }).toEqual({ status: 0, stderr: '', printed: [[odd, []]] });
});

test('what a shell would set, and nobody has, is not set', async () => {
  const names = ['SHLVL', 'SHELLOPTS', 'BASHOPTS', 'IFS', 'PS4', 'OPTIND', 'OPTERR', 'OLDPWD', '_'];
  const { stdout } = await run([flux, 'env', python, printer(names)]);
  expect(printed(stdout)).toEqual([[Object.fromEntries(names.map((name) => [name, null])), []]]);
  const zero = await run([flux, 'env', python, printer(names)], { env: { SHLVL: '0' } });
  expect(printed(zero.stdout)).toMatchObject([[{ SHLVL: '0', IFS: null }, []]]);
});

test('a locale that is not installed is handed on without a word', async () => {
  const env = { LC_ALL: 'xx_YY.UTF-8', LANG: 'xx_YY.UTF-8' };
  const { status, stdout, stderr } = await run([flux, 'env', python, printer(['LC_ALL', 'LANG', '_flux_lc_all'])], { env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(printed(stdout)).toEqual([[{ ...env, _flux_lc_all: null }, []]]);
});

test('no function and no file of the user is run by the launcher', async () => {
  const file = path.join(dir, 'file');
  fs.writeFileSync(file, `touch ${dir}/ran\n`);
  const env = Object.fromEntries(
    ['exec', 'readlink', 'export', 'unset', '.', '['].map((name) => [`BASH_FUNC_${name}%%`, `() { . ${file}; }`]),
  );
  const { status, stderr } = await run([flux, 'version'], {
    env: { ...env, BASH_ENV: file, ENV: file, SHELLOPTS: 'xtrace:noexec', PS4: `$(touch ${dir}/ran)` },
  });
  expect({ status, stderr, files: fs.readdirSync(dir) }).toEqual({ status: 0, stderr: '', files: ['file'] });
});

test('initial programs, tasks and batch scripts have them, and the functions of their user', async () => {
  const names = Object.keys(odd).filter((name) => !/^(SHLVL|SHELLOPTS|IFS|PS4|OPT|BASHOPTS)/.test(name));
  const env = Object.fromEntries(names.map((name) => [name, odd[name]!]));
  const print = `${python} ${printer(names)}`;
  const batch = path.join(dir, 'batch.sh');
  // A batch script tells its end by that of its output, a pipe.
  fs.writeFileSync(batch, `#!/bin/bash\nexec >${dir}/pipe\n${print}\nflux mini run ${print}\nmodule of-batch\n`);
  await run(['mkfifo', path.join(dir, 'pipe')]);
  const line = `module of-start; flux mini run bash -c 'module of-task'; ${print}; flux mini run ${print}; flux mini batch -n1 --output=/dev/null ${batch} >/dev/null; cat ${dir}/pipe`;
  const instance = start([flux, 'start', '-s2', line], { env });
  const { status, stdout, stderr } = await instance.ended;
  const lines = stdout.trim().split(/\r?\n/);
  expect({ status, stderr, modules: lines.filter((line) => line.startsWith('module')) }).toEqual({
    status: 0,
    stderr: '',
    modules: ['module of-start', 'module of-task', 'module of-batch'],
  });
  expect(printed(lines.filter((line) => line.startsWith('[')).join('\n'))).toEqual(Array.from({ length: 4 }, () => [env, []]));
});

test.each([
  ['standard input', '<&-', 'R decode', '</dev/null'],
  ['standard output', '>&-', 'version', '>/dev/null'],
  ['standard error', '2>&-', 'no-such-command', '2>/dev/null'],
])('a %s that is closed is as good as /dev/null', async (_, closed, command, nowhere) => {
  const [ran, expected] = await Promise.all([closed, nowhere].map((stream) => run(['bash', '-c', `${flux} ${command} ${stream}`])));
  expect(ran).toEqual({ ...expected, pid: ran!.pid });
});
