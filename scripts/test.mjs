#!/usr/bin/env node
// npm test: installs what is missing, builds both trees, runs jest on build/.
//
// Usage: node scripts/test.mjs [--soak] [--no-build] [jest arguments]
//   --soak       runs test/soak/** (long forms) instead of all others
//   --no-build   tests what was built last
//
// Processes that are left when jest has ended, of a test file that took its process down with it, are killed and named.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const args = process.argv.slice(2);
const take = (flag) => args.includes(flag) && args.splice(args.indexOf(flag), 1).length > 0;
const soak = take('--soak');
const build = !take('--no-build');
// Each test has its own limit (test/support/setup.ts); this one is for a file that blocks its process.
const limit = soak ? undefined : 20 * 60_000;
// Begins the mark of every process that this run starts (test/support/scratch.ts).
const name = `${process.pid}-${Date.now()}`;

run('sh', ['scripts/install-packages.sh']);
if (build) run(process.execPath, ['scripts/build.mjs']);
const soakTests = path.join(root, 'build', 'test', 'soak');
// These stand last: jest takes all words after them for folders, and patterns.
const which = soak ? ['--roots', soakTests] : ['--testPathIgnorePatterns', '/node_modules/', `${soakTests}/`];
const env = { FLUX_TEST_RUN: name, ...(soak ? { FLUX_TEST_SOAK: '1' } : {}) };
run(process.execPath, ['node_modules/jest/bin/jest.js', ...args, ...which], { env, timeout: limit, onEnd: killLeft });

function run(file, argv, { env = {}, timeout, onEnd = () => {} } = {}) {
  const { status, signal } = spawnSync(file, argv, { cwd: root, stdio: 'inherit', timeout, env: { ...process.env, ...env } });
  onEnd();
  if (status !== 0) {
    if (signal) console.error(`${file} ${argv[0]}: ${signal}`);
    process.exit(status ?? 1);
  }
}

function killLeft() {
  const mark = `FLUX_TEST_SCRATCH=${name}:`;
  for (const pid of fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      if (!fs.readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark)) continue;
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      process.kill(Number(pid), 'SIGKILL');
      console.error(`left behind, killed: ${pid} ${command}`);
      process.exitCode = 1;
    } catch {
      // it has ended, or is another user's
    }
  }
}
