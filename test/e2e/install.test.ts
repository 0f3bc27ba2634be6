import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { signals } from '../../core/sys/signals';
import { root, start } from './processes';

// A checkout with our scripts, in which npm is a program that tells of itself and then waits for a line in a FIFO.
let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-install-'));
  fs.mkdirSync(path.join(dir, 'bin'));
  fs.mkdirSync(path.join(dir, 'scripts'));
  for (const name of ['install-packages.sh', 'first-use.sh', 'lock.sh', 'node.sh'])
    fs.copyFileSync(path.join(root, 'scripts', name), path.join(dir, 'scripts', name));
  fs.writeFileSync(path.join(dir, 'package-lock.json'), '{}');
  fs.writeFileSync(
    path.join(dir, 'scripts/build.mjs'),
    `import fs from 'node:fs'; fs.mkdirSync('dist', { recursive: true }); fs.appendFileSync('runs', 'build\\n');`,
  );
  const npm = '#!/bin/sh\necho "npm $1" >>runs\necho installing >&2\nread line <go\nmkdir -p node_modules\n[ "$line" = go ]\n';
  fs.writeFileSync(path.join(dir, 'bin/npm'), npm, { mode: 0o755 });
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const env = () => ({ PATH: `${dir}/bin:${process.env['PATH']}` });
const script = (line: string) =>
  start(['sh', '-c', `mkfifo go 2>/dev/null; exec 2>&1; exec sh ${line}`], { cwd: dir, env: env(), group: true });
const install = () => script('scripts/install-packages.sh');
const firstUse = () => script(`scripts/first-use.sh ${dir}`);
const letNpmEnd = () => fs.promises.writeFile(path.join(dir, 'go'), 'go\n');
const runs = () => fs.readFileSync(path.join(dir, 'runs'), 'utf8').split('\n').slice(0, -1);
const waiting = 'waiting for another process that installs';

test('of two processes that find packages missing, one installs them and the other waits for it', async () => {
  const first = install();
  await first.says('installing');
  const second = install();
  await second.says(waiting);
  await letNpmEnd();
  expect((await first.ended).status).toBe(0);
  expect((await second.ended).status).toBe(0);
  expect(runs()).toEqual(['npm ci']);
});

test('the first use of the command waits for an installation of the tests, and builds with what that installed', async () => {
  const tests = install();
  await tests.says('installing');
  const user = firstUse();
  await user.says(waiting);
  await letNpmEnd();
  expect((await tests.ended).status).toBe(0);
  expect(await user.ended).toMatchObject({ status: 0, stdout: `flux: ${waiting}\nflux: building\n` });
  expect(runs()).toEqual(['npm ci', 'build']);
});

test('the tests wait for a first use', async () => {
  const user = firstUse();
  await user.says('installing packages');
  const tests = install();
  await tests.says(waiting);
  await letNpmEnd();
  expect([(await user.ended).status, (await tests.ended).status]).toEqual([0, 0]);
  expect(runs()).toEqual(['npm ci', 'build']);
});

test('who waits for one that is killed installs itself', async () => {
  const first = install();
  await first.says('installing');
  const second = install();
  await second.says(waiting);
  first.kill(signals.SIGKILL);
  await second.says('installing');
  await letNpmEnd();
  expect((await second.ended).status).toBe(0);
  expect(runs()).toEqual(['npm ci', 'npm ci']);
});
