import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './processes';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-runner-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** In a process of the runner: it hears of its first file late. */
const LATE = `
const { emit } = process;
let first = true;
if (process.env.TINYPOOL_WORKER_ID === '2')
  process.emit = function (event, ...args) {
    const isFile = event === 'message' && args[0]?.task && first;
    if (!isFile) return emit.call(this, event, ...args);
    first = false;
    setTimeout(() => emit.call(this, event, ...args), 300);
    return true;
  };
`;

test('a run of tests ends, also when a process of it is late to ask for its configuration', () => {
  const preload = path.join(folder, 'late.cjs');
  fs.writeFileSync(preload, LATE);
  const files = ['fsd', 'idset', 'hostlist'].map((name) => `build/test/unit/formats/${name}`);
  const { status, stderr } = spawnSync(process.execPath, ['node_modules/jest/bin/jest.js', '--cacheDirectory', folder, ...files], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: `--require ${preload}` },
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringContaining('3 passed, 3 total') });
});
