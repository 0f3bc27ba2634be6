import fs from 'node:fs';
import path from 'node:path';
import { golden } from '../formats/golden';
import { runStandalone, scratch, simpleR } from '../shell/standalone';

const { lua } = golden<{ lua: { script: string[]; output: string[] } }>('shell.json');
const folder = scratch();

/** The job that the recorded script ran in. */
const jobspec = {
  resources: [{ type: 'slot', count: 2, with: [{ type: 'core', count: 1 }], label: 'task' }],
  tasks: [{ command: ['/bin/true'], slot: 'task', count: { per_slot: 1 } }],
  attributes: {
    system: {
      duration: 0,
      cwd: '/tmp',
      environment: { PATH: '/usr/bin:/bin', FOO: 'bar' },
      shell: { options: { str: 'abc', num: 3, flt: 1.5, obj: { a: [1, 2, {}], c: false }, t: true } },
    },
  },
  version: 1,
};

/** Globals that 5.1 has; the reference has been built with 5.3. */
const of51 = ['gcinfo', 'getfenv', 'loadstring', 'module', 'newproxy', 'setfenv', 'unpack'];

describe('Lua of the initrc', () => {
  test('gives what the recorded script got from the reference', async () => {
    fs.mkdirSync(path.join(folder(), 'sa'));
    fs.writeFileSync(path.join(folder(), 'sa/a.lua'), `${lua.script.join('\n')}\n`);
    const R = simpleR();
    R.execution.nodelist = ['vm'];
    const run = await runStandalone(jobspec, R, { cwd: folder(), initrc: 'sa/a.lua' });
    const output = `${run.stdout}${run.stderr}`.split('\n').slice(0, -1);
    const expected = lua.output.map((line) =>
      line
        .replace(/^globals\t(.*)/, (_, names: string) => `globals\t${[...names.split(' '), ...of51].sort().join(' ')}`)
        .replace(/number:0\.0$/, 'number:0') // integral numbers are as 5.1 writes them (docs/lua.md)
        .replace('got function', 'got nil')
        .replace(/@SHELLCONF@\/plugins/, path.join(__dirname, '../../../no-plugins')),
    );
    expect(output).toEqual(expected);
    expect(run.rc).toBe(0);
  });
});
