import os from 'node:os';
import { Hostlist } from '../../../core/formats/hostlist';
import type { OptionSpec, Options } from '../../args/getopt';
import { type CommandContext, CommandError } from '../../command';

const DEFAULT_EXIT_TIMEOUT = 20;

/** Bytes that a broker needs at the very least. */
const LEAST_MEMORY = 2 ** 25;

export const startOptions: readonly OptionSpec[] = [
  { name: 'verbose', key: 'v', arg: 'LEVEL', optional: true, help: 'Say what is run; level 2 shows the PMI dialogue' },
  { name: 'noexec', key: 'X', help: "Don't run anything, with -v show what would be" },
  { name: 'broker-opts', key: 'o', arg: 'OPTS', split: true, help: 'Options for the brokers, separated by commas' },
  { name: 'wrap', arg: 'ARGS', split: true, help: 'Put these words, separated by commas, before the broker' },
  { name: 'test-size', key: 's', arg: 'N', help: 'Start an instance of N brokers on this machine' },
  { name: 'test-hosts', arg: 'HOSTLIST', help: 'Make the brokers believe they are on these hosts' },
  { name: 'test-exit-timeout', arg: 'FSD', help: 'How long to wait for the others once a broker has ended, default 20s' },
  { name: 'test-exit-mode', arg: 'any|leader', help: 'Whose end starts that wait, and decides on the exit code' },
  { name: 'test-start-mode', arg: 'all|leader', help: 'Which brokers to start at once' },
  { name: 'test-rundir', arg: 'DIR', help: 'Use this directory for sockets and state, and keep it' },
  { name: 'test-rundir-cleanup', help: 'Remove the directory of --test-rundir at the end' },
  { name: 'test-pmi-clique', arg: 'single|none', help: 'What PMI says about which brokers share a node' },
  { name: 'killer-timeout', arg: 'FSD', hidden: true, help: 'Old name of --test-exit-timeout' },
];

/** A checked command line. */
export interface StartPlan {
  broker: string;
  wrap: string[];
  brokerOptions: string[];
  command: string[];
  verbose: number;
  noexec: boolean;
  /** Number of brokers; undefined: become the one broker. */
  size: number | undefined;
  /** Host of each rank. */
  hosts: string[] | undefined;
  /** Seconds. */
  exitTimeout: number;
  exitMode: 'any' | 'leader';
  startMode: 'all' | 'leader';
  rundir: string | undefined;
  cleanRundir: boolean;
  clique: 'single' | 'none';
}

/** Checks options in the order of docs/protocol/cli.md §3.1. */
export function checkOptions(ctx: CommandContext, opts: Options, findBroker: () => string): StartPlan {
  if (ctx.cwd === '') throw new CommandError('Unable to get current working directory: No such file or directory');
  const exitTimeout = opts.duration('test-exit-timeout') ?? opts.duration('killer-timeout') ?? DEFAULT_EXIT_TIMEOUT;
  const exitMode = choice(opts, 'test-exit-mode', ['any', 'leader']);
  const startMode = choice(opts, 'test-start-mode', ['all', 'leader']);
  const broker = findBroker();
  const size = opts.int('test-size');
  if (size !== undefined && size < 1) throw new CommandError('--test-size argument must be > 0');
  if (size !== undefined && size * LEAST_MEMORY > os.totalmem()) {
    throw new CommandError(`--test-size: this machine has memory for ${Math.floor(os.totalmem() / LEAST_MEMORY)} brokers at most`);
  }
  if (size === undefined && startOptions.some(({ name }) => name.startsWith('test-') && opts.has(name))) {
    throw new CommandError('verbose only works with --test-size'); // sic, whichever option it was
  }
  return {
    broker,
    wrap: opts.list('wrap'),
    brokerOptions: opts.list('broker-opts'),
    command: opts.args,
    verbose: opts.int('verbose', 0),
    noexec: opts.has('noexec'),
    size,
    exitTimeout,
    exitMode,
    startMode,
    rundir: opts.str('test-rundir'),
    cleanRundir: opts.has('test-rundir-cleanup'),
    clique: (opts.str('test-pmi-clique') ?? 'single') as 'single' | 'none',
    hosts: hostsFrom(opts.str('test-hosts'), size),
  };
}

function choice<T extends string>(opts: Options, name: string, choices: readonly [T, ...T[]]): T {
  const text = opts.str(name) ?? choices[0];
  const found = choices.find((c) => c === text);
  if (!found) throw new CommandError(`unknown --${name}: ${text}`);
  return found;
}

function hostsFrom(text: string | undefined, size: number | undefined): string[] | undefined {
  if (text === undefined) return undefined;
  let hosts: string[];
  try {
    hosts = [...Hostlist.parse(text)];
  } catch {
    throw new CommandError('could not decode --test-hosts hostlist');
  }
  if (hosts.length !== size) throw new CommandError('--test-hosts hostlist has incorrect size');
  return hosts;
}
