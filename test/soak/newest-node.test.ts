import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';

const root = path.resolve(__dirname, '../../..');

test('processes, transports, brokers and a job work on the newest Node that npm brings', async () => {
  const argv = [process.execPath, path.join(root, 'scripts/newest-node.mjs')];
  const TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'newest-')); // caches of its test runner and of npm go there
  try {
    const env = { ...process.env, TMPDIR };
    expect(await spawnProcess({ argv, env, stdio: ['ignore', 'inherit', 'inherit'] }).exited).toMatchObject({ status: 0 });
  } finally {
    fs.rmSync(TMPDIR, { recursive: true, force: true });
  }
});
