import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { commandEnvironment } from '../../../../cli/front/environment';
import { candidates } from '../../../../cli/front/find';
import { frontHelp } from '../../../../cli/front/help-list';
import { PathList } from '../../../../cli/front/pathlist';
import { type Install, installAt } from '../../../../cli/install';

/** An installation with these files. */
let install: Install;
let home: string;
const has = (...files: string[]) => {
  for (const file of files) {
    fs.mkdirSync(path.join(install.dist, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(install.dist, file), '');
  }
};
beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-front-'));
  install = installAt(path.join(home, 'dist'));
  has('libexec/flux-mini');
});
afterEach(() => fs.rmSync(home, { recursive: true }));
const built = (env: NodeJS.ProcessEnv) => commandEnvironment({ PATH: '/bin', ...env }, install);

describe('the environment of commands', () => {
  test('lists drop empty and repeated components; what is put in front ends up reversed', () => {
    expect(new PathList().append('/a::/b:/a').prepend('/p1:/p2:/b').toString()).toBe('/b:/p2:/p1:/a');
    expect(new PathList().append('').toString()).toBe('');
  });
  test('search paths are PREPEND, installation, old value', () => {
    const env = built({ FLUX_EXEC_PATH: '/z1::/z2:/z1', FLUX_EXEC_PATH_PREPEND: '/p1:/p2' });
    expect(env['FLUX_EXEC_PATH']).toBe(`/p2:/p1:${home}/dist/libexec:/z1:/z2`);
    expect(env['FLUX_MODULE_PATH']).toBe(`${home}/dist`);
  });
  test('what the installation does not have is not named', () => {
    expect(Object.keys(built({}))).toEqual(['PATH', 'FLUX_EXEC_PATH', 'FLUX_MODULE_PATH']);
  });
  test('what the user has of these stays as it is', () => {
    const own = { FLUX_CONNECTOR_PATH: '/c::/c', PYTHONPATH: '/p:', LUA_PATH: '/l/?.lua', LUA_CPATH: '', MANPATH: ':/m' };
    expect(Object.keys(built(own))).toEqual(Object.keys(built({})));
  });
  test('PREPEND variables are honoured also where nothing is ours', () => {
    const env = built({
      FLUX_PYTHONPATH_PREPEND: '/py',
      FLUX_CONNECTOR_PATH_PREPEND: '/a:/b',
      FLUX_CONNECTOR_PATH: '/c',
      FLUX_LUA_PATH_PREPEND: '/a;/b',
      LUA_PATH: '/x;/y',
    });
    expect(env).toMatchObject({ PYTHONPATH: '/py', FLUX_CONNECTOR_PATH: '/b:/a:/c', LUA_PATH: '/b;/a;/x;/y;;;' });
  });
  test('MANPATH ends in a colon only if it was empty', () => {
    has('man/man1/flux.1');
    expect(built({})['MANPATH']).toBe(`${home}/dist/man:`);
    expect(built({ MANPATH: '/m' })['MANPATH']).toBe(`${home}/dist/man:/m`);
  });
  test('the PMI library is the user’s, also an empty one, or else ours', () => {
    has('lib/libpmi.so');
    expect(built({})['FLUX_PMI_LIBRARY_PATH']).toBe(`${home}/dist/lib/libpmi.so`);
    expect(built({ FLUX_PMI_LIBRARY_PATH: '' })['FLUX_PMI_LIBRARY_PATH']).toBe('');
  });
  test('FLUX_URI passes through; others are set only if they were', () => {
    expect(built({ FLUX_URI: 'local:///x' })['FLUX_URI']).toBe('local:///x');
    expect(built({ FLUX_RC_EXTRA: '/x:/y::/x' })['FLUX_RC_EXTRA']).toBe('/x:/y');
    expect(Object.keys(built({}))).not.toContain('FLUX_RC_EXTRA');
  });
  test('PATH gets our folder unless its first flux is ours', () => {
    expect(built({ PATH: '/none:/bin' })['PATH']).toBe(`${home}:/none:/bin`);
    expect(built({ PATH: `/bin:${home}` })['PATH']).toBeUndefined();
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
    const found = (name: string) => [...candidates(name, `${dir}:${install.libexec}`, ['x'], install)];
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
