import { importCircles, sourceImports } from '../support/source-imports';

describe('no file imports itself through others', () => {
  test('neither values nor types go in a circle', () => {
    expect(importCircles(sourceImports())).toEqual([]);
  });

  test('circles of two files, of three through a folder, and of one are found, each once', () => {
    const imports = [
      { file: 'core/a.ts', wanted: 'core/b' },
      { file: 'core/b.ts', wanted: 'core/a' },
      { file: 'core/b.ts', wanted: 'core/c' },
      { file: 'core/c.ts', wanted: 'core/d' },
      { file: 'core/d/index.ts', wanted: 'core/e' },
      { file: 'core/e.ts', wanted: 'core/c' },
      { file: 'core/f.ts', wanted: 'core/f' },
      { file: 'core/g.ts', wanted: 'core/a' },
    ];
    expect(importCircles(imports)).toEqual([['core/c.ts', 'core/d/index.ts', 'core/e.ts'], ['core/a.ts', 'core/b.ts'], ['core/f.ts']]);
  });
});
