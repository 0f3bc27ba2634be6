import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { inside } from './processes';

// What no handler's caller can catch, a rejection that nobody handles and a raw timer, in each of the three hosts.
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'e2e-stray-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
}

const strays = {
  'a rejection': "Promise.reject(new Error('stray'))",
  'a raw timer': "setTimeout(() => { throw new Error('stray'); })",
};

describe.each(Object.entries(strays))('%s that escapes', (_, stray) => {
  test('a broker module is reported with its name; the module goes, the broker stays', async () => {
    const file = write(
      'erring.js',
      `const { defineModule } = require('flux');
module.exports = defineModule({ name: 'erring', api: 1, async main(m) { await m.subscribe('go', () => { ${stray}; }); } });`,
    );
    const gone = 'while flux module list | grep -q ^erring; do :; done';
    const { stdout, status } = await inside(
      1,
      `flux module load ${file} && flux event pub go && ${gone} && flux dmesg && flux mini run echo on`,
    );
    expect(stdout).toContain('broker.err[0]: erring: uncaught exception: Error: stray\n');
    expect(stdout).toMatch(/broker\.debug\[0\]: module erring exited\non\n$/);
    expect(status).toBe(0);
  });

  test('a jobtap plugin is reported with its name; the plugin goes, the job manager stays', async () => {
    const file = write(
      'erring.js',
      `const { defineJobtap } = require('flux');
module.exports = defineJobtap({ name: 'erring', api: 1, setup(p) { p.on('job.state.run', () => { ${stray}; }); } });`,
    );
    const { stdout, status } = await inside(
      1,
      `flux jobtap load ${file} && flux mini run echo first && flux jobtap list -a | grep -c erring; flux dmesg; flux mini run echo second`,
    );
    expect(stdout).toMatch(/^first\n0\n/);
    expect(stdout).toContain('job-manager.err[0]: erring.js: uncaught exception, the plugin is removed: Error: stray\n');
    expect(stdout).toMatch(/\nsecond\n$/);
    expect(status).toBe(0);
  });

  test('a shell plugin is reported with its name; the job goes on', async () => {
    write(
      'erring.js',
      `const { defineShellPlugin } = require('flux');
module.exports = defineShellPlugin({ name: 'erring', api: 1, setup(s) { s.on('shell.start', () => { ${stray}; }); } });`,
    );
    const initrc = write('initrc.lua', `plugin.load { file = "${folder}/erring.js" }\n`);
    const { stdout, stderr, status } = await inside(1, `flux mini run -o initrc=${initrc} sh -c 'sleep 0.1; echo done'`);
    expect([stdout, status]).toEqual(['done\n', 0]);
    expect(stderr).toContain('flux-shell[0]: ERROR: erring: Error: stray at ');
  });
});
