import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { nodeVariables } from '../../core/sys/node-variables';
import { signals } from '../../core/sys/signals';
import { flux, type Ran, root, run, runFlux, start } from './processes';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-node-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

/** What a user may have set for programs of his own. */
const meantForPrograms = () => ({
  NODE_OPTIONS: `--require=/missing --title='two  words\n"$HOME"' --inspect=127.0.0.1:0 --max-old-space-size=8`,
  NODE_V8_COVERAGE: path.join(dir, 'coverage'),
  NODE_DEBUG: 'fs,module,net,worker,timer',
  NODE_DEBUG_NATIVE: 'HUGEPAGES,MKSNAPSHOT,INSPECTOR_SERVER',
  NODE_PENDING_DEPRECATION: '1',
  NODE_REDIRECT_WARNINGS: path.join(dir, 'warnings'),
});

const quiet = ({ status, stderr }: Ran) => expect({ status, stderr }).toEqual({ status: 0, stderr: '' });

/** Prints what the variables are, as JSON. */
const printer = `import json, os; print(json.dumps({name: os.environ.get(name) for name in ${JSON.stringify(nodeVariables)}}))`;

test('the launcher puts aside what core/sys/node-variables names', async () => {
  const { stdout } = await run(['bash', '-c', '. "$0"; echo $_flux_node_variables', path.join(root, 'scripts/node.sh')]);
  expect(stdout.trim().split(' ')).toEqual(nodeVariables);
  expect(Object.keys(meantForPrograms())).toEqual(nodeVariables);
});

test.each([
  ['flux', [flux, 'version']],
  ['a program of the installation', [path.join(root, 'dist/libexec/flux-mini'), '--help']],
])('%s takes nothing from variables that are meant for other programs of Node', async (_, argv) => {
  const plain = await run(argv);
  const ran = await run(argv, { env: meantForPrograms() });
  quiet(ran);
  expect(ran.stdout).toBe(plain.stdout);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('one such variable alone, and an empty one, are put aside and come back', async () => {
  const script =
    'import os; print([os.environ.get("NODE_OPTIONS"), os.environ.get("NODE_DEBUG"), [k for k in os.environ if "ASIDE" in k]])';
  const line = [flux, 'env', 'python3', '-c', script];
  expect((await run(line)).stdout).toBe('[None, None, []]\n');
  expect((await run(line, { env: { NODE_OPTIONS: '' } })).stdout).toBe("['', None, []]\n");
  expect((await run(line, { env: { NODE_DEBUG: 'fs' } })).stdout).toBe("[None, 'fs', []]\n");
});

test('an instance takes nothing from them, its threads neither; its initial program and its jobs have them as they were', async () => {
  const env = { ...meantForPrograms(), TMPDIR: dir };
  const script = path.join(dir, 'print.py');
  fs.writeFileSync(script, printer);
  const line = `python3 ${script}; flux mini run python3 ${script}; flux exec -r 1 flux mini run -o userrc=/dev/null python3 ${script}`;
  const ran = await runFlux(['start', '-s2', line], { env });
  quiet(ran);
  const printed = ran.stdout
    .trim()
    .split(/\r?\n/)
    .map((text) => JSON.parse(text) as object);
  expect(printed).toEqual(Array.from({ length: 3 }, meantForPrograms));
  expect(fs.readdirSync(dir)).toEqual(['print.py']);
});

test('a site where Node asks for a debugger everywhere gets none in a broker', async () => {
  const instance = start([flux, 'start', '-s1', 'flux getattr broker.pid; exec sleep 600'], {
    env: { NODE_OPTIONS: '--inspect=127.0.0.1:0' },
  });
  await instance.says('\n');
  instance.kill(signals.SIGTERM);
  const { stderr, stdout } = await instance.ended;
  expect(Number(stdout)).toBeGreaterThan(1);
  expect(stderr).not.toContain('Debugger');
});
