import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandEnvironment } from '../../../../cli/front/environment';
import { candidates } from '../../../../cli/front/find';
import { frontHelp } from '../../../../cli/front/help-list';
import { PathList } from '../../../../cli/front/pathlist';
import { installAt } from '../../../../cli/install';

const install = installAt('/opt/flux/dist');
const built = (env: NodeJS.ProcessEnv) => commandEnvironment({ PATH: '/bin', ...env }, install);

describe('the environment of commands', () => {
  test('lists drop empty and repeated components; what is put in front ends up reversed', () => {
    expect(new PathList().append('/a::/b:/a').prepend('/p1:/p2:/b').toString()).toBe('/b:/p2:/p1:/a');
    expect(new PathList().append('').toString()).toBe('');
  });
  test('search paths are PREPEND, installation, old value', () => {
    const env = built({ FLUX_EXEC_PATH: '/z1::/z2:/z1', FLUX_EXEC_PATH_PREPEND: '/p1:/p2', FLUX_PYTHONPATH_PREPEND: '/py' });
    expect(env['FLUX_EXEC_PATH']).toBe('/p2:/p1:/opt/flux/dist/libexec:/z1:/z2');
    expect(env['PYTHONPATH']).toBe('/py:/opt/flux/dist/python');
    expect(env['FLUX_MODULE_PATH']).toBe('/opt/flux/dist');
  });
  test('MANPATH ends in a colon only if it was empty', () => {
    expect(built({})['MANPATH']).toBe('/opt/flux/dist/man:');
    expect(built({ MANPATH: '/m' })['MANPATH']).toBe('/opt/flux/dist/man:/m');
  });
  test('Lua paths end in an empty component', () => {
    expect(built({ LUA_PATH: '/x;/y', FLUX_LUA_PATH_PREPEND: '/a;/b' })['LUA_PATH']).toBe('/b;/a;/opt/flux/dist/lua/?.lua;/x;/y;;;');
  });
  test('the PMI library and FLUX_URI pass through; others are set only if they were', () => {
    expect(built({ FLUX_PMI_LIBRARY_PATH: '', FLUX_URI: 'local:///x' })).toMatchObject({
      FLUX_PMI_LIBRARY_PATH: '',
      FLUX_URI: 'local:///x',
    });
    expect(built({ FLUX_RC_EXTRA: '/x:/y::/x' })['FLUX_RC_EXTRA']).toBe('/x:/y');
    expect(Object.keys(built({}))).not.toContain('FLUX_RC_EXTRA');
  });
  test('PATH gets our folder unless its first flux is ours', () => {
    expect(built({ PATH: '/none:/bin' })['PATH']).toBe('/opt/flux:/none:/bin');
    expect(built({ PATH: '/bin:/opt/flux' })['PATH']).toBeUndefined();
  });
});

describe('files of the front end', () => {
  let dir: string;
  beforeAll(() => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-front-'));
    fs.mkdirSync(path.join(dir, 'dist', 'help.d'), { recursive: true });
  });
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  const write = (name: string, text: string, mode = 0o644) => fs.writeFileSync(path.join(dir, name), text, { mode });

  test('a command is looked for along the path: a .py that may be read and run, else the program', () => {
    write('flux-a.py', '', 0o755);
    write('flux-b.py', '', 0o644);
    const found = (name: string) => [...candidates(name, `${dir}:/opt/flux/dist/libexec`, ['x'], install)];
    expect(found('a')).toEqual([{ kind: 'program', file: 'python3', argv: ['python3', `${dir}/flux-a.py`, 'x'] }, { kind: 'own' }]);
    expect(found('b')).toEqual([{ kind: 'program', file: `${dir}/flux-b`, argv: ['b', 'x'] }, { kind: 'own' }]);
  });
  test('the list of commands is grouped by category, core first, and extended by patterns', () => {
    const entry = (category: string, command: string) => ({ category, command, description: `does ${command}` });
    write('dist/help.d/core.json', JSON.stringify([entry('sched', 'plan'), entry('core', 'kvs'), entry('core', 'job')]));
    write('site1.json', JSON.stringify([entry('site', 'hello')]));
    const help = frontHelp({ FLUX_CMDHELP_PATTERN: `/none/*.json:${dir}/s?te*.json` }, path.join(dir, 'dist'), '  OPTIONS\n');
    expect(help).toBe(
      'Usage: flux [OPTIONS] COMMAND ARGS\n  OPTIONS\n\nCommon commands from flux-core:\n   kvs                does kvs\n   job                does job\n' +
        '\nCommon commands from flux-sched:\n   plan               does plan\nCommon commands from flux-site:\n   hello              does hello\n',
    );
  });
  test('a file that is no list of commands is named', () => {
    write('bad.json', '{}');
    expect(() => frontHelp({ FLUX_CMDHELP_PATTERN: `${dir}/bad.json` }, path.join(dir, 'dist'), '')).toThrow(
      `flux: ${dir}/bad.json: failed to read content`,
    );
  });
});
