import path from 'node:path';

interface TestNames {
  splitArguments(args: readonly string[]): { options: string[]; names: string[] };
  namedTests(names: readonly string[], options?: { soak?: boolean; sources?: string[]; folders?: string[] }): Promise<string[]>;
}
const root = path.resolve(__dirname, '../../../..');
let scripts: TestNames;
beforeAll(async () => {
  scripts = await import(path.join(root, 'scripts/test-names.mjs'));
});

const sources = [
  'test/service/kvs/kvs.test.ts',
  'test/service/kvs/watch.test.ts',
  'test/soak/jobs.test.ts',
  'test/unit/formats/hostlist.test.ts',
  'test/unit/formats/idset.test.ts',
  'test/unit/kvs/journal.test.ts',
];
const named = (names: string[], options = {}) => scripts.namedTests(names, { sources, folders: [root], ...options });

describe('the words after npm test', () => {
  const rows: [string, string[], string[]][] = [
    ['a file', ['test/unit/formats/idset.test.ts'], ['test/unit/formats/idset.test.ts']],
    ['a file, as a shell completes it', ['./test/unit/formats/idset.test.ts'], ['test/unit/formats/idset.test.ts']],
    ['a file from elsewhere', [path.join(root, 'test/unit/formats/idset.test.ts')], ['test/unit/formats/idset.test.ts']],
    ['what a file is built to', ['build/test/unit/formats/idset.test.js'], ['test/unit/formats/idset.test.ts']],
    ['a folder', ['test/service/kvs/'], ['test/service/kvs/kvs.test.ts', 'test/service/kvs/watch.test.ts']],
    ['a folder that is built', ['build/test/unit/kvs'], ['test/unit/kvs/journal.test.ts']],
    ['a word', ['idset'], ['test/unit/formats/idset.test.ts']],
    ['part of a path', ['kvs/journal'], ['test/unit/kvs/journal.test.ts']],
    ['several, each test once', ['journal', 'unit/kvs', 'idset'], ['test/unit/formats/idset.test.ts', 'test/unit/kvs/journal.test.ts']],
  ];
  test.each(rows)('name %s', async (_what, names, files) => expect(await named(names)).toEqual(files));

  test('name all but long forms when there are none', async () => {
    expect(await named([])).toEqual(sources.filter((source) => source !== 'test/soak/jobs.test.ts'));
    expect(await named([], { soak: true })).toEqual(['test/soak/jobs.test.ts']);
  });

  test('begin in the folder where npm was started, too', async () => {
    expect(await named(['idset.test.ts'], { folders: [path.join(root, 'test/unit/formats'), root] })).toEqual([
      'test/unit/formats/idset.test.ts',
    ]);
    expect(await named(['.'], { folders: [path.join(root, 'test/unit/formats'), root] })).toHaveLength(2);
  });

  const none: [string, string, string][] = [
    ['a slip of the pen', 'test/unit/formats/idsett.test.ts', 'test/unit/formats/idset.test.ts'],
    ['a word that is nearly one', 'jurnal', 'test/unit/kvs/journal.test.ts'],
    ['the file that a test is of', 'core/formats/idset.ts', 'test/unit/formats/idset.test.ts'],
    ['a folder without tests', 'core/formats', 'test/unit/formats'],
  ];
  test.each(none)('that name no test are refused with the nearest: %s', async (_what, name, near) => {
    await expect(named([name])).rejects.toThrow(`${name} names no test; the nearest is ${near}`);
  });

  test('that are like no test are refused, also beside one that is', async () => {
    await expect(named(['idset', 'quetzalcoatl'])).rejects.toThrow(/^quetzalcoatl names no test$/);
  });

  test('that name a long form only are led to npm run soak, and back', async () => {
    await expect(named(['test/soak'])).rejects.toThrow('test/soak is a long form: npm run soak test/soak');
    await expect(named(['idset'], { soak: true })).rejects.toThrow('idset is no long form: npm test idset');
  });
});

describe("jest's options", () => {
  const rows: [string[], string[], string[]][] = [
    [['idset'], [], ['idset']],
    [['-t', 'adds ids', 'idset'], ['-t', 'adds ids'], ['idset']],
    [['idset', '--testNamePattern', 'idset'], ['--testNamePattern', 'idset'], ['idset']],
    [['--testNamePattern=a b', 'idset'], ['--testNamePattern=a b'], ['idset']],
    [['--max-workers', '1', 'idset'], ['--max-workers', '1'], ['idset']],
    [['-i', 'idset', '-w', '2'], ['-i', '-w', '2'], ['idset']],
    [['--verbose', 'idset', '--json'], ['--verbose', '--json'], ['idset']],
    [['--reporters', 'a', 'b', '--bail', 'idset'], ['--reporters', 'a', 'b', '--bail'], ['idset']],
    [['--', '--outputFile=x', 'idset'], ['--outputFile=x'], ['idset']],
  ];
  test.each(rows)('stay apart from names: %j', (args, options, names) => expect(scripts.splitArguments(args)).toEqual({ options, names }));
});
