#!/usr/bin/env node
// npm test: installs what is missing, builds both trees, runs jest on build/.
//
// Usage: node scripts/test.mjs [--soak] [--no-build] [jest arguments]
//   --soak       runs test/soak/** (long forms) instead of all others
//   --no-build   tests what was built last
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const take = (flag) => args.includes(flag) && args.splice(args.indexOf(flag), 1).length > 0;
const soak = take('--soak');
const build = !take('--no-build');
// Each test has its own limit (test/support/setup.ts); this one is for a file that blocks its process.
const limit = soak ? undefined : 20 * 60_000;

run('sh', ['scripts/install-packages.sh']);
if (build) run(process.execPath, ['scripts/build.mjs']);
const soakTests = path.join(root, 'build', 'test', 'soak');
// The ignored patterns stand last: jest takes all words after them for patterns.
const which = soak ? ['--passWithNoTests', soakTests] : ['--testPathIgnorePatterns', '/node_modules/', `${soakTests}/`];
run(process.execPath, ['node_modules/jest/bin/jest.js', ...args, ...which], soak ? { FLUX_TEST_SOAK: '1' } : {}, limit);

function run(file, argv, env = {}, timeout = undefined) {
  const { status, signal } = spawnSync(file, argv, { cwd: root, stdio: 'inherit', timeout, env: { ...process.env, ...env } });
  if (status !== 0) {
    if (signal) console.error(`${file} ${argv[0]}: ${signal}`);
    process.exit(status ?? 1);
  }
}
