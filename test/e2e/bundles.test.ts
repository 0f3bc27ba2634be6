import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { plainEnvironment, root, runProgram } from '../support/shell';

/** Loads the bundle of each command, and prints which packages came with it. */
const script = `
  const { load } = require('./dist/run.js');
  const { _cache } = require('node:module');
  const packages = () => Object.keys(_cache).flatMap((file) => /node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(file)?.[1] ?? []);
  const names = require('node:fs').readdirSync('dist/cli').flatMap((file) => /^(.*)\\.js$/.exec(file)?.[1] ?? []);
  const found = {};
  for (const name of names) {
    const before = packages();
    load('cli/' + name);
    found[name] = packages().filter((one) => !before.includes(one));
  }
  console.log(JSON.stringify(found));
`;

test('no command loads a package that it may not need: it starts in the time of Node itself', async () => {
  const { stdout, stderr } = await runProgram([process.execPath, '-e', script], { cwd: root, env: plainEnvironment(os.tmpdir()) });
  expect(stderr).toBe('');
  const found = JSON.parse(stdout) as Record<string, string[]>;
  const commands = fs.readdirSync(path.join(root, 'cli/commands')).map((name) => name.replace(/\.ts$/, ''));
  expect(Object.keys(found).sort()).toEqual([...commands, 'front'].sort());
  expect(Object.entries(found).filter(([, packages]) => packages.length > 0)).toEqual([]);
});
