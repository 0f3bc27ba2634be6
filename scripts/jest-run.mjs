// A run of jest on build/, whose processes can be told from those of other runs.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './build-tree.mjs';

/**
 * Starts jest with these arguments. `ended`: how it ended, when what it left behind is gone, too; stop() ends it before, and says nothing of what
 * was left. `limit`: milliseconds after which it is ended.
 */
export function startJest(args, { env = {}, limit } = {}) {
  // Begins the mark of every process that this run starts (test/support/scratch.ts).
  const name = `${process.pid}-${Date.now()}`;
  const argv = [path.join(root, 'node_modules/jest/bin/jest.js'), ...args];
  // Of the tests in one process the first that loads esbuild decides whether a thread and a process stay behind (core/plugin/compiler.ts).
  const marked = { ...process.env, ESBUILD_WORKER_THREADS: '0', FLUX_TEST_RUN: name, ...env };
  const child = spawn(process.execPath, argv, { cwd: root, stdio: 'inherit', env: marked });
  const timer = limit === undefined ? undefined : setTimeout(() => child.kill(), limit);
  let stopped = false;
  const ended = new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      const left = stopped ? killMarked([`FLUX_TEST_RUN=${name}\0`, scratchMark(name)]) && [] : killMarked([scratchMark(name)]);
      for (const each of left) console.error(`left behind, killed: ${each}`);
      resolve({ status: status === 0 && left.length > 0 ? 1 : status, signal });
    });
  });
  const stop = () => {
    stopped = true;
    child.kill();
    return ended;
  };
  return { ended, stop };
}

const scratchMark = (name) => `FLUX_TEST_SCRATCH=${name}:`;

/** Kills the processes that have one of these in their environment, and gives their numbers and command lines. */
function killMarked(marks) {
  const killed = [];
  for (const pid of fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)) {
    try {
      const environ = fs.readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (!marks.some((mark) => environ.includes(mark))) continue;
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      process.kill(Number(pid), 'SIGKILL');
      killed.push(`${pid} ${command}`);
    } catch {
      // it has ended, or is another user's
    }
  }
  return killed;
}
