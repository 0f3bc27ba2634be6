import path from 'node:path';
import { glob } from '../../../core/formats/glob';
import { TempFolder } from '../plugin/temp-folder';

const folder = new TempFolder();
const at = (...names: string[]) => path.join(folder.path, ...names);

beforeAll(() => {
  const names = [
    'site/top.ts',
    'site/jobtap/limits.ts',
    'site/shell-plugins/b.js',
    'site/shell-plugins/b.js.map',
    'site/shell-plugins/.hidden.js',
  ];
  folder.write(Object.fromEntries(names.map((name) => [name, ''])));
});
afterAll(() => folder.remove());

test('glob is that of glob(3)', () => {
  expect(glob(at('site/shell-plugins/*.js'))).toEqual([at('site/shell-plugins/b.js')]);
  expect(glob(at('site/shell-plugins/.h*'))).toEqual([at('site/shell-plugins/.hidden.js')]);
  expect(glob('jobtap/[lp]*', { cwd: at('site') })).toEqual(['jobtap/limits.ts']);
  expect(glob('./t*', { cwd: at('site') })).toEqual(['./top.ts']);
  expect(glob(at('nowhere'))).toEqual([]);
  expect(glob(at('top'))).toEqual([]);
});
