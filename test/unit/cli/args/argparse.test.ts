import { type Argument, int, type ParserSpec, parseArgs, parseKnown } from '../../../../cli/args/argparse';
import { CommandExit } from '../../../../cli/args/exit';

const run: Argument[] = [
  { flags: ['-n', '--ntasks'], metavar: 'N', help: 'Number of tasks' },
  { flags: ['-c', '--cores-per-task'], type: int, default: 1 },
  { flags: ['-v', '--verbose'], action: 'count', default: 0 },
  { flags: ['-l', '--label-io'], action: 'true' },
  { flags: ['-o', '--setopt'], action: 'append' },
  { flags: ['--env'], action: 'append' },
  {
    flags: ['--env-remove'],
    action: (space, value) => void (space['env'] = [...((space['env'] as string[] | undefined) ?? []), `-${value}`]),
  },
  { flags: ['--dry-run'], action: 'true' },
  { flags: ['--color'], choices: ['never', 'always', 'auto'], default: 'auto' },
  { dest: 'command', nargs: 'rest' },
];
const mini: ParserSpec = {
  prog: 'flux-mini',
  arguments: [],
  subparsers: {
    dest: 'subcommand',
    required: true,
    parsers: [
      { name: 'run', help: 'run a job', arguments: run },
      { name: 'submit', arguments: [] },
    ],
  },
};
const jobtapLoad: ParserSpec = {
  prog: 'flux-jobtap load',
  arguments: [{ flags: ['-r', '--remove'] }, { dest: 'plugin' }, { dest: 'conf', nargs: '*' }],
};

const mini_ = (...argv: string[]) => parseArgs(mini, ['run', ...argv]);
function exit(spec: ParserSpec, argv: string[]): CommandExit {
  try {
    parseArgs(spec, argv);
  } catch (e) {
    if (e instanceof CommandExit) return e;
    throw e;
  }
  throw new Error('no error');
}
const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

describe('the parser of the Python commands', () => {
  test('options come before the rest, which keeps everything', () => {
    expect(mini_('-n4', '-c', '2', '-vv', '--label-io', 'echo', '-n', '--dry-run')).toMatchObject({
      ntasks: '4',
      cores_per_task: 2,
      verbose: 2,
      label_io: true,
      dry_run: false,
      command: ['echo', '-n', '--dry-run'],
      subcommand: 'run',
    });
  });
  test('a leading -- stays in the rest', () => {
    expect(mini_('-n1', '--', 'true')).toMatchObject({ command: ['--', 'true'] });
  });
  test('values are attached or apart, long names abbreviated, flags clustered', () => {
    expect(mini_('-lvn4', '--cores=3', '--seto', 'a=1', '-ob')).toMatchObject({
      ntasks: '4',
      cores_per_task: 3,
      setopt: ['a=1', 'b'],
      verbose: 1,
    });
  });
  test('a word that looks like a negative number is a value', () => {
    expect(mini_('-n', '-1', '-c', '-2')).toMatchObject({ ntasks: '-1', cores_per_task: -2 });
  });
  test('an action of its own sees values in order', () => {
    expect(mini_('--env=A', '--env-remove=B', '--env', 'C')).toMatchObject({ env: ['A', '-B', 'C'] });
  });
  test.each([
    [['frob'], "flux-mini: error: argument subcommand: invalid choice: 'frob' (choose from 'run', 'submit')"],
    [[], 'flux-mini: error: the following arguments are required: subcommand'],
    [['run', '-n'], 'flux-mini run: error: argument -n/--ntasks: expected one argument'],
    [['run', '-c', 'x'], "flux-mini run: error: argument -c/--cores-per-task: invalid int value: 'x'"],
    [['run', '--color=foo'], "flux-mini run: error: argument --color: invalid choice: 'foo' (choose from 'never', 'always', 'auto')"],
    [['run', '--dry-run=x'], "flux-mini run: error: argument --dry-run: ignored explicit argument 'x'"],
    [['run', '--e=1'], 'flux-mini run: error: ambiguous option: --e=1 could match --env, --env-remove'],
    [['submit', 'A', '--nope'], 'flux-mini: error: unrecognized arguments: A --nope'],
  ])('%j fails as Python says', (argv, text) => {
    const error = exit(mini, argv);
    expect([error.status, error.stdout]).toEqual([2, '']);
    expect(error.stderr).toMatch(/^usage: flux-mini/);
    expect(lastLine(error.stderr)).toBe(text);
  });
  test('missing positionals are all named', () => {
    expect(lastLine(exit(jobtapLoad, []).stderr)).toBe('flux-jobtap load: error: the following arguments are required: plugin, conf');
    expect(parseArgs(jobtapLoad, ['p'])).toEqual({ remove: undefined, plugin: 'p', conf: [] });
    expect(parseArgs(jobtapLoad, ['p', 'a=1', '-r', 'x'])).toEqual({ remove: 'x', plugin: 'p', conf: ['a=1'] });
  });
  test('-- is dropped before other positionals', () => {
    expect(parseArgs(jobtapLoad, ['--', '-p', '-q'])).toEqual({ remove: undefined, plugin: '-p', conf: ['-q'] });
  });
  test('parseKnown returns what it does not know', () => {
    expect(parseKnown(jobtapLoad, ['p', '--what', 'a']).extras).toEqual(['--what', 'a']);
  });
  test('--help goes to stdout with status 0', () => {
    const help = exit(mini, ['run', '--help', '--nope']);
    expect([help.status, help.stderr]).toEqual([0, '']);
    expect(help.stdout).toMatch(/^usage: flux-mini run \[-h\]/);
    expect(help.stdout).toMatch(/-n, --ntasks=N +Number of tasks/);
    for (const line of help.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
