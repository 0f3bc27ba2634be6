import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, run } from './processes';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-libpmi-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const script = `import { buildLibpmi } from '${path.join(root, 'scripts/build-libpmi.mjs')}'; console.log(buildLibpmi(process.argv[1]));`;
const build = (env: Record<string, string> = {}) =>
  run([process.execPath, '--input-type=module', '-e', script, path.join(dir, 'lib/libpmi.so')], { env });
const inode = () => fs.statSync(path.join(dir, 'lib/libpmi.so')).ino;

test('libpmi.so is compiled once, and again when it was made of something else', async () => {
  expect(await build()).toMatchObject({ status: 0, stdout: 'true\n', stderr: '' });
  const first = inode();
  await build();
  expect(inode()).toBe(first);
  fs.writeFileSync(path.join(dir, 'lib/libpmi.so'), 'of another version');
  fs.linkSync(path.join(dir, 'lib/libpmi.so'), path.join(dir, 'in-use'));
  await build();
  expect(inode()).not.toBe(first);
  expect(fs.readFileSync(path.join(dir, 'in-use'), 'utf8')).toBe('of another version'); // a process that has it loaded keeps it
  expect(fs.readdirSync(path.join(dir, 'lib'))).toEqual(['libpmi.so']);
});

test('without a C compiler the build goes on, and says what is missing', async () => {
  const { status, stdout, stderr } = await build({ PATH: '/nonexistent' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'false\n' });
  expect(stderr).toMatch(/^flux: no C compiler \(cc, gcc, clang\): without libpmi\.so, /);
  expect(fs.existsSync(path.join(dir, 'lib/libpmi.so'))).toBe(false);
});

test('a compiler that fails stops it, with what it says', async () => {
  const { status, stderr } = await build({ CC: 'false' });
  expect(status).toBe(1);
  expect(stderr).toContain('Error: false: status 1');
});
