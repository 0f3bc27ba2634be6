#!/usr/bin/env node
// npm test: installs what is missing, builds both trees, runs jest on build/.
//
// Usage: node scripts/test.mjs [--soak] [--no-build] [TEST…] [jest options]
//   TEST         a test file, a folder of tests, or part of the paths of some: test/unit/formats/idset.test.ts, test/service/kvs, idset
//   --soak       runs test/soak/** (long forms) instead of all others
//   --no-build   tests what was built last
//
// Processes that are left when jest has ended, of a test file that took its process down with it, are killed and named.
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
// These need the packages.
const { builtOf, namedTests, splitArguments } = await import('./test-names.mjs');
const { startJest } = await import('./jest-run.mjs');
const { options, names } = splitArguments(args);
const files = await namedTests(names, { soak }).catch((error) => {
  console.error(`npm test: ${error.message}`);
  process.exit(2);
});
if (build) run(process.execPath, ['scripts/build.mjs']);

const soakTests = path.join(root, 'build', 'test', 'soak');
const named = names.length > 0 ? [...files.map(builtOf), '--runTestsByPath'] : [];
// These stand last: jest takes all words after them for folders, and patterns.
const which = soak ? ['--roots', soakTests] : ['--testPathIgnorePatterns', '/node_modules/', `${soakTests}/`];
const jest = startJest([...named, ...options, ...which], { env: soak ? { FLUX_TEST_SOAK: '1' } : {}, limit });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => jest.stop());
const { status, signal } = await jest.ended;
if (signal) console.error(`jest: ${signal}`);
process.exit(status ?? 1);

function run(file, argv) {
  const { status, signal } = spawnSync(file, argv, { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  if (signal) console.error(`${file} ${argv[0]}: ${signal}`);
  process.exit(status ?? 1);
}
