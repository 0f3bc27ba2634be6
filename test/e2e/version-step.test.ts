import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root, run } from './processes';

/** A repository with our package.json, lock file and changelog. */
let folder: string;
const read = (file: string) => fs.readFileSync(path.join(folder, file), 'utf8');
const write = (file: string, text: string) => fs.writeFileSync(path.join(folder, file), text);
const identity = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' };
const ran = (...argv: string[]) => run(argv, { cwd: folder, env: { ...identity, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' } });
const commit = async () => {
  for (const argv of [
    ['add', '-A'],
    ['commit', '-qm', 'a'],
  ])
    expect(await ran('git', ...argv)).toMatchObject({ status: 0 });
};

const head = '# Changelog\n\n## [Unreleased]\n';
const old = '\n## [0.1.0] - 2026-12-01\n\n### Added\n\n- All.\n';

beforeEach(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-version-'));
  for (const file of ['package.json', 'package-lock.json', '.npmrc', 'scripts/changelog.mjs'])
    fs.cpSync(path.join(root, file), path.join(folder, file));
  write('.gitignore', '.npm/\n'); // npm's own, in HOME
  await ran('git', 'init', '-q');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

test('npm version moves what is unreleased under the new version with its date, sets package.json and the lock file, commits and tags', async () => {
  write('CHANGELOG.md', `${head}\n### Added\n\n- A thing.\n${old}`);
  await commit();
  const before = new Date().toISOString().slice(0, 10);
  expect(await ran('npm', 'version', '0.2.0')).toMatchObject({ status: 0, stdout: expect.stringContaining('v0.2.0') });
  const today = new Date().toISOString().slice(0, 10);
  expect([before, today].map((date) => `${head}\n## [0.2.0] - ${date}\n\n### Added\n\n- A thing.\n${old}`)).toContain(read('CHANGELOG.md'));
  expect(JSON.parse(read('package.json')).version).toBe('0.2.0');
  const lock = JSON.parse(read('package-lock.json'));
  expect([lock.version, lock.packages[''].version]).toEqual(['0.2.0', '0.2.0']);
  expect(read('package-lock.json')).not.toContain('"resolved"');
  expect((await ran('git', 'status', '--porcelain')).stdout).toBe('');
  expect((await ran('git', 'describe', '--tags')).stdout).toBe('v0.2.0\n');
});

test('npm version refuses when nothing is unreleased, and changes nothing', async () => {
  const own = JSON.parse(read('package.json')).version;
  for (const nothing of [head + old, `${head}\n### Added\n${old}`, `# Changelog\n${old}`]) {
    write('CHANGELOG.md', nothing);
    await commit();
    const { status, stderr } = await ran('npm', 'version', '9.9.9');
    expect(status).not.toBe(0);
    expect(stderr).toContain(
      nothing.includes('Unreleased') ? 'CHANGELOG.md says of nothing that it is unreleased' : 'CHANGELOG.md has no heading',
    );
    expect(JSON.parse(read('package.json')).version).toBe(own);
    expect((await ran('git', 'status', '--porcelain')).stdout).toBe('');
  }
});
