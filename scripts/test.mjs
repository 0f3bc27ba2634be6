#!/usr/bin/env node
// npm test: installs what is missing, builds both trees, runs jest on build/.
//
// Usage: node scripts/test.mjs [--soak] [--no-build] [jest arguments]
//   --soak       runs test/soak/** (long forms) instead of all others
//   --no-build   tests what was built last
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const take = (flag) => args.includes(flag) && args.splice(args.indexOf(flag), 1).length > 0;
const soak = take('--soak');
const build = !take('--no-build');

if (!fs.existsSync(path.join(root, 'node_modules', '.package-lock.json'))) run('npm', ['ci', '--no-progress'], headers());
if (build) run(process.execPath, ['scripts/build.mjs']);
const ignored = path.join(root, 'build', 'test', 'soak');
const which = soak ? ['--testTimeout=3600000', ignored] : ['--testPathIgnorePatterns', '/node_modules/', `${ignored}/`];
// `--` ends the values of the option before it.
run(
  process.execPath,
  [path.join('node_modules', 'jest', 'bin', 'jest.js'), ...args, ...which, ...(soak ? ['--passWithNoTests'] : [])],
  soak ? { FLUX_TEST_SOAK: '1' } : {},
);

function run(file, argv, env = {}) {
  const { status, signal } = spawnSync(file, argv, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) {
    if (signal) console.error(`${file} ${argv[0]}: ${signal}`);
    process.exit(status ?? 1);
  }
}

/** Native packages are compiled against the headers that came with node, where it has them. */
function headers() {
  const prefix = path.resolve(fs.realpathSync(process.execPath), '../..');
  return fs.existsSync(path.join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {};
}
