import { getopt, type OptionSpec, type Program } from '../../../../cli/args/getopt';
import { defineCommand } from '../../../../cli/command';
import { type CommandResult, runCli } from '../../../support/command';

const options: OptionSpec[] = [
  { name: 'test-size', key: 's', arg: 'N', help: 'Number of brokers' },
  { name: 'test-rundir', arg: 'DIR', help: 'Run directory' },
  { name: 'test-rundir-cleanup', help: 'Remove it' },
  { name: 'broker-opts', key: 'o', arg: 'OPTS', split: true, help: 'Broker options' },
  { name: 'timeout', key: 't', arg: 'FSD', help: 'Time to wait' },
  { name: 'scale', arg: 'F', help: 'Factor' },
  { name: 'verbose', key: 'v', arg: 'LEVEL', optional: true, help: 'Say more' },
  { name: 'noexec', key: 'X', help: 'Do not run' },
  { name: 'old', arg: 'FSD', hidden: true, help: 'Old name' },
];

/** Runs a command that prints its options as JSON. */
function start(argv: string[], program: Partial<Program> = {}): Promise<CommandResult> {
  const run = getopt({
    usage: '[OPTIONS] command ...',
    options,
    run(ctx, opts) {
      const shown = {
        size: opts.int('test-size', 0),
        verbose: opts.int('verbose', 0),
        broker: opts.list('broker-opts'),
        timeout: opts.duration('timeout', -1),
      };
      ctx.stdout.write(JSON.stringify({ ...shown, scale: opts.float('scale', 1), noexec: opts.count('noexec'), args: opts.args }));
    },
    ...program,
  });
  return runCli(defineCommand({ name: 'start', summary: 'Run brokers', run }), argv);
}

const parsed = async (argv: string[]) => {
  const { status, stdout, stderr } = await start(argv);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
};
const refused = async (argv: string[]) => {
  const result = await start(argv);
  expect(result.status).toBe(1);
  expect(result.stdout).toBe('');
  return result.stderr;
};
const unrecognized = (what: string) => `flux-start: unrecognized option '${what}'\nTry \`flux-start --help' for more information.\n`;

describe('options of a C command', () => {
  test('parsing stops at the first free argument', async () => {
    expect(await parsed(['-s', '2', 'true', '-v', '--nope'])).toMatchObject({ size: 2, verbose: 0, args: ['true', '-v', '--nope'] });
  });
  test('-- ends the options and is dropped', async () => {
    expect(await parsed(['-X', '--', '-s', '1'])).toMatchObject({ noexec: 1, args: ['-s', '1'] });
  });
  test('short flags cluster and take attached values', async () => {
    expect(await parsed(['-vvs3', 'x'])).toMatchObject({ verbose: 2, size: 3, args: ['x'] });
  });
  test('an optional argument is taken only as --name=VALUE', async () => {
    expect(await parsed(['--verbose=3', '7'])).toMatchObject({ verbose: 3, args: ['7'] });
    expect(await parsed(['--verbose', '7'])).toMatchObject({ verbose: 1, args: ['7'] });
    expect(await refused(['-v2'])).toBe(unrecognized('-2'));
  });
  test('the last use of a single-valued option counts', async () => {
    expect(await parsed(['-s1', '--test-size=4'])).toMatchObject({ size: 4 });
  });
  test('long names may be abbreviated; an exact name beats longer ones', async () => {
    expect(await parsed(['--test-s=4', '--test-rundir', '/x'])).toMatchObject({ size: 4 });
  });
  test('split options are split at commas, empty parts dropped, and concatenated', async () => {
    expect(await parsed(['-o', 'a,,b', '-o,c'])).toMatchObject({ broker: ['a', 'b', 'c'] });
  });
  test.each([
    [['--bogus'], '--bogus'],
    [['--bogus=1'], '--bogus=1'],
    [['-z'], '-z'],
    [['-vz'], '-z'],
    [['--test-r=x'], '--test-r=x'],
    [['--test-size'], '-s'],
    [['-s'], '-s'],
    [['--test-rundir'], '--test-rundir'],
    [['--test-rundir-cleanup=1'], '--test-rundir-cleanup=1'],
    [['--noexec=1'], '-X'],
  ])('%j is refused as %s', async (argv, shown) => {
    expect(await refused(argv)).toBe(unrecognized(shown));
  });
  test.each([
    [['-sx'], "flux-start: flux-start: Option 'test-size' requires an integer argument\n"],
    [['--test-size='], "flux-start: flux-start: Option 'test-size' requires an integer argument\n"],
    [['--scale=1x'], "flux-start: flux-start: Option 'scale' requires a floating point argument\n"],
    [['-t', 'xx'], "flux-start: flux-start: Invalid argument for option 'timeout': 'xx'"],
  ])('%j has a bad value', async (argv, text) => {
    expect(await refused(argv)).toBe(text);
  });
  test('numbers are C numbers', async () => {
    expect(await parsed(['-s', ' +12', '--scale', '0x1.8p1', '-t1.5m'])).toMatchObject({ size: 12, scale: 3, timeout: 90 });
  });
  test('--help goes to stderr with status 0, and before errors to its right', async () => {
    const { status, stdout, stderr } = await start(['--help', '--bogus']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(stderr).toContain('Usage: flux-start [OPTIONS] command ...\nRun brokers\n  -h, --help             Display this message.\n');
    expect(stderr).toContain('\n  -v, --verbose[=LEVEL]  Say more\n');
    expect(stderr).toContain('\n      --test-rundir=DIR  Run directory\n');
    expect(stderr).not.toContain('--old');
  });
  test('GNU permutation and glibc texts where a command asks for them', async () => {
    const gnu = { permute: true, glibcErrors: true };
    expect(JSON.parse((await start(['a', '-s1', 'b'], gnu)).stdout)).toMatchObject({ size: 1, args: ['a', 'b'] });
    const texts = await Promise.all(
      [['-z'], ['--zz'], ['-s'], ['--test-rundir'], ['--noexec=1'], ['--te=1']].map((argv) => start(argv, gnu)),
    );
    expect(texts.map((result) => result.stderr.split('\n')[0])).toEqual([
      "start: invalid option -- 'z'",
      "start: unrecognized option '--zz'",
      "start: option requires an argument -- 's'",
      "start: option '--test-rundir' requires an argument",
      "start: option '--noexec' doesn't allow an argument",
      "start: option '--te=1' is ambiguous; possibilities: '--test-size' '--test-rundir' '--test-rundir-cleanup'",
    ]);
  });
});

describe('sub-commands of a C command', () => {
  const event: Program = {
    silent: 'missing',
    subcommands: [
      { name: 'pub', usage: '[OPTIONS] topic [payload]', run: (_ctx, opts) => opts.expectArgs(1, 2) },
      {
        name: 'sub',
        usage: '[OPTIONS] [topic...]',
        options: [{ name: 'count', key: 'c', arg: 'N', help: '' }],
        run: (_ctx, opts) => opts.int('count', 0),
      },
      { name: 'secret', hidden: true, run: () => 5 },
    ],
  };
  const usage = `Usage: flux-event pub [OPTIONS] topic [payload]
   or: flux-event sub [OPTIONS] [topic...]
Publish and watch events
  -h, --help             Display this message.
`;
  const run = (argv: string[], program = event) =>
    runCli(defineCommand({ name: 'event', summary: 'Publish and watch events', run: getopt(program) }), argv);

  test('an unknown one is named, a missing one may be silent; usage, description and options follow', async () => {
    expect((await run(['frob'])).stderr).toBe(`flux-event: Unknown subcommand: frob\n${usage}`);
    expect((await run([])).stderr).toBe(usage);
    expect((await run([], { ...event, silent: undefined } as Program)).stderr).toBe(`flux-event: missing subcommand\n${usage}`);
  });
  test('errors of one name it', async () => {
    expect((await run(['sub', '-c', 'x'])).stderr).toBe("flux-event sub: sub: Option 'count' requires an integer argument\n");
    expect((await run(['pub', '--no'])).stderr).toBe(
      "flux-event pub: unrecognized option '--no'\nTry `flux-event pub --help' for more information.\n",
    );
    expect((await run(['pub'])).stderr).toBe('Usage: flux-event pub [OPTIONS] topic [payload]\n');
  });
  test('a hidden one runs, and gives its status', async () => {
    expect(await run(['secret'])).toEqual({ status: 5, stdout: '', stderr: '' });
  });
  test('with a heading they are listed after the options', async () => {
    const program: Program = {
      usage: 'COMMAND [OPTIONS]',
      heading: 'flux-module subcommands:',
      helpStatus: 1,
      subcommands: [{ name: 'list', summary: 'List modules', run: () => 0 }],
    };
    const result = await runCli(defineCommand({ name: 'module', summary: '', run: getopt(program) }), ['-h']);
    expect(result.status).toBe(1);
    expect(result.stderr).toBe(
      'Usage: flux-module COMMAND [OPTIONS]\n  -h, --help             Display this message.\n\nflux-module subcommands:\n   list            List modules\n',
    );
  });
});
