import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';

const root = path.resolve(__dirname, '../../..');

test('processes, transports, brokers and a job work on the newest Node that npm brings', async () => {
  const argv = [process.execPath, path.join(root, 'scripts/newest-node.mjs')];
  expect(await spawnProcess({ argv, env: process.env, stdio: ['ignore', 'inherit', 'inherit'] }).exited).toMatchObject({ status: 0 });
});
