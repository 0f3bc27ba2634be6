import path from 'node:path';
import { findInFolders, findPlugin, globPlugins, listPlugins, pluginFolders } from '../../../core/plugin';
import { TempFolder } from './temp-folder';

const folder = new TempFolder();
const at = (...names: string[]) => path.join(folder.path, ...names);

beforeAll(() => {
  const names = [
    'site/top.ts',
    'site/hello/index.js',
    'site/plugins/kvs/index.ts',
    'site/plugins/ping.js',
    'site/jobtap/limits.ts',
    'site/shell-plugins/b.js',
    'site/shell-plugins/a.mjs',
    'site/shell-plugins/folder/index.cjs',
    'site/shell-plugins/empty/readme.txt',
    'site/shell-plugins/types.d.ts',
    'site/shell-plugins/b.js.map',
    'site/shell-plugins/.hidden.js',
    'own/plugins/ping.js',
    'own/jobtap/perilog.js',
    'own/shell-plugins/a.js',
    'own/validators/schema.js',
  ];
  folder.write(Object.fromEntries(names.map((name) => [name, ''])));
});
afterAll(() => folder.remove());

const modulePath = `${at('site')}::${at('own')}`;

test.each([
  ['module', 'top', 'site/top.ts'],
  ['module', 'top.ts', 'site/top.ts'],
  ['module', 'kvs', 'site/plugins/kvs/index.ts'],
  ['module', 'ping', 'site/plugins/ping.js'],
  ['jobtap', 'limits', 'site/jobtap/limits.ts'],
  ['jobtap', 'perilog.so', 'own/jobtap/perilog.js'],
  ['jobtap', 'perilog.js', 'own/jobtap/perilog.js'],
  ['validator', 'schema', 'own/validators/schema.js'],
  ['shell', 'a', 'site/shell-plugins/a.mjs'],
] as const)('the %s %s is %s', (kind, name, expected) => {
  expect(findPlugin(kind, name, modulePath)).toBe(at(expected));
});

test.each([
  ['module', 'hello'],
  ['module', 'limits'],
  ['jobtap', 'ping'],
  ['jobtap', 'top'],
  ['shell', 'types.d.ts'],
  ['module', 'no-such'],
] as const)('there is no %s %s', (kind, name) => {
  expect(findPlugin(kind, name, modulePath)).toBeUndefined();
});

test('a path stands for itself, with or without its ending', () => {
  expect(findPlugin('jobtap', at('site/plugins/ping'), modulePath)).toBe(at('site/plugins/ping.js'));
  expect(findPlugin('jobtap', at('own/jobtap/perilog.so'), '')).toBe(at('own/jobtap/perilog.js'));
  expect(findInFolders('limits.so', pluginFolders('jobtap', modulePath))).toBe(at('site/jobtap/limits.ts'));
});

test('*.so loads all plugins of each folder, the last folder first, so that an earlier one wins', () => {
  expect(globPlugins('*.so', pluginFolders('shell', modulePath))).toEqual([
    at('own/shell-plugins/a.js'),
    at('site/shell-plugins/a.mjs'),
    at('site/shell-plugins/b.js'),
    at('site/shell-plugins/folder/index.cjs'),
  ]);
  expect(listPlugins(pluginFolders('validator', modulePath))).toEqual(new Map([['schema', at('own/validators/schema.js')]]));
});

test('other patterns match file names as they are, and paths are not searched for', () => {
  const folders = pluginFolders('shell', modulePath);
  expect(globPlugins('*.js', folders)).toEqual([at('own/shell-plugins/a.js'), at('site/shell-plugins/b.js')]);
  expect(globPlugins('b.so', folders)).toEqual([at('site/shell-plugins/b.js')]);
  expect(globPlugins(at('*/jobtap/*.so'), folders)).toEqual([at('own/jobtap/perilog.js'), at('site/jobtap/limits.ts')]);
  expect(globPlugins('~/jobtap/*.so', folders, { home: at('own') })).toEqual([at('own/jobtap/perilog.js')]);
  expect(globPlugins('./jobtap/*.so', folders, { cwd: at('own') })).toEqual([at('own/jobtap/perilog.js')]);
  expect(globPlugins('nothing*.so', folders)).toEqual([]);
});

test('a C plugin is found where there is no other of its name, whatever comes first', () => {
  const files = [
    'old/ping.so',
    'old/mine.so',
    'old/jobtap/perilog.so',
    'old/jobtap/cray.so',
    'old/shell-plugins/mpi.so',
    'old/shell-plugins/z.js',
  ];
  folder.write(Object.fromEntries(files.map((name) => [name, ''])));
  const both = `${at('old')}:${modulePath}`;
  expect(findPlugin('module', 'ping', both)).toBe(at('site/plugins/ping.js'));
  expect(findPlugin('module', 'mine', both)).toBe(at('old/mine.so'));
  expect(findPlugin('jobtap', 'cray.so', both)).toBe(at('old/jobtap/cray.so'));
  expect(findPlugin('module', at('old/mine'), both)).toBe(at('old/mine.so'));
  expect(findInFolders('perilog', pluginFolders('jobtap', both))).toBe(at('own/jobtap/perilog.js'));
  expect(findInFolders('cray', pluginFolders('jobtap', both))).toBe(at('old/jobtap/cray.so'));
  expect(globPlugins('*.so', [at('old/shell-plugins')])).toEqual([at('old/shell-plugins/mpi.so'), at('old/shell-plugins/z.js')]);
  expect(globPlugins('mpi.so', [at('old/shell-plugins')])).toEqual([at('old/shell-plugins/mpi.so')]);
  expect([...listPlugins([at('old/shell-plugins')]).keys()]).toEqual(['z']);
});
