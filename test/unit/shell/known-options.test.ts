import { KnownOptions } from '../../../core/shell/job/known-options';

const names = (options: object, declared: string[] = []) => new KnownOptions().unknown(options as never, declared).map(({ name }) => name);

test('options of the shell and of its initrc are known', () => {
  expect(names({ initrc: 'x', mpi: 'none', userrc: 'y', verbose: 2, 'per-resource': { type: 'node', count: 2 } })).toEqual([]);
});

test('what was read or declared is known, with all its members', () => {
  const known = new KnownOptions();
  known.add('read');
  const options = { read: { a: 1 }, declared: 1, other: 1 };
  expect(known.unknown(options, ['declared'])).toEqual([{ name: 'other', near: undefined }]);
});

test('where members are declared, others are unknown', () => {
  const declared = ['output.stdout.type', 'output.stdout.path', 'output.batch-timeout'];
  expect(names({ output: { stdout: { type: 'file', path: 'x' }, 'batch-timeout': 1 } }, declared)).toEqual([]);
  expect(names({ output: { stdout: { typ: 'file' }, stdot: {} } }, declared)).toEqual(['output.stdout.typ', 'output.stdot']);
  expect(names({ output: 'foo' }, declared)).toEqual([]); // its plugin says what is wrong with it
});

test('the nearest name is told', () => {
  const known = new KnownOptions();
  expect(known.unknown({ 'exit-timout': '1s', quux: 1 }, ['exit-timeout', 'pty'])).toEqual([
    { name: 'exit-timout', near: 'exit-timeout' },
    { name: 'quux', near: undefined },
  ]);
});
