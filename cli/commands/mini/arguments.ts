import { type Argument, int, type Namespace } from '../../args/argparse';
import type { MiniCommand } from './options';

/** The option tables of `flux mini` (flux-mini(1), docs/protocol/cli-mini-jobs.md §A1). */
export function argumentsOf(command: MiniCommand): Argument[] {
  const table = [...resources(command), ...common(command === 'alloc')];
  if (command !== 'batch') table.push(verbose);
  if (command === 'submit' || command === 'bulksubmit') table.push(...tracking);
  if (command === 'bulksubmit') table.push(...bulk);
  if (command === 'batch') table.push(wrap);
  if (command === 'batch' || command === 'alloc') table.push(brokerOpts);
  return [...table, positionals[command]];
}

const common = (hideOutput: boolean): Argument[] => [
  { flags: ['-t', '--time-limit'], metavar: 'FSD', help: 'Time limit in Flux standard duration, e.g. 2d, 1.5h' },
  { flags: ['--urgency'], metavar: 'N', default: '16', help: 'Set job urgency (0-31), hold=0, default=16, expedite=31' },
  { flags: ['--job-name'], metavar: 'NAME', help: 'Set an optional name for the job' },
  { flags: ['-o', '--setopt'], metavar: 'OPT', action: 'append', help: 'Set shell option OPT; OPT may be key=value' },
  { flags: ['--setattr'], metavar: 'ATTR=VAL', action: 'append', help: 'Set job attribute ATTR to VAL; ^ATTR=FILE reads JSON' },
  { flags: ['--dependency'], metavar: 'URI', action: 'append', help: 'Set a job dependency using SCHEME:VALUE' },
  {
    flags: ['--begin-time'],
    metavar: 'TIME',
    dest: 'dependency',
    action: appendBeginTime,
    help: 'Begin not before TIME: +30m, 8am, tomorrow noon, next monday, june 21 17:00, 2026-12-24T17:00',
  },
  { flags: ['--env'], metavar: 'RULE', action: 'append', help: 'Control how environment variables are exported' },
  { flags: ['--env-remove'], metavar: 'PATTERN', dest: 'env', action: appendRule('-'), help: 'Remove matching environment variables' },
  { flags: ['--env-file'], metavar: 'FILE', dest: 'env', action: appendRule('^'), help: 'Read environment rules from FILE' },
  { flags: ['--input'], metavar: 'FILENAME|TYPE', help: 'Redirect job input' },
  { flags: ['--output'], metavar: 'FILENAME|TYPE', hidden: hideOutput, help: 'Redirect job stdout' },
  { flags: ['--error'], metavar: 'FILENAME|TYPE', hidden: hideOutput, help: 'Redirect job stderr' },
  { flags: ['-l', '--label-io'], action: 'true', hidden: hideOutput, help: 'Add rank labels to lines' },
  { flags: ['--flags'], metavar: 'FLAGS', action: 'append', help: 'Comma separated list of job flags: debug, waitable, novalidate' },
  { flags: ['--dry-run'], action: 'true', help: 'Print the jobspec, do not submit it' },
  { flags: ['--debug-emulate'], action: 'true', hidden: true },
  { flags: ['-N', '--nodes'], metavar: 'N', help: 'Number of nodes to allocate' },
];

function resources(command: MiniCommand): Argument[] {
  const slots = command === 'batch' || command === 'alloc';
  const unit = slots ? 'slot' : 'task';
  const type = slots ? { type: int } : {};
  return [
    {
      flags: ['-n', `--n${unit}s`],
      metavar: 'N',
      ...type,
      ...(slots ? {} : { default: '1' }),
      help: slots ? 'Number of total resource slots requested' : 'Number of tasks to start',
    },
    {
      flags: ['-c', `--cores-per-${unit}`],
      metavar: 'N',
      ...type,
      ...(slots ? { default: 1 } : { default: '1' }),
      help: `Number of cores to allocate per ${unit}`,
    },
    { flags: ['-g', `--gpus-per-${unit}`], metavar: 'N', ...type, help: `Number of GPUs to allocate per ${unit}` },
  ];
}

const verbose: Argument = { flags: ['-v', '--verbose'], action: 'count', default: 0, help: 'Increase verbosity (multiple use OK)' };

const tracking: Argument[] = [
  { flags: ['-q', '--quiet'], action: 'true', help: 'Do not print jobids' },
  { flags: ['--cc'], metavar: 'IDSET', help: 'Replicate the job once per id; {cc} is the id, also in FLUX_JOB_CC' },
  { flags: ['--bcc'], metavar: 'IDSET', help: 'As --cc, without setting FLUX_JOB_CC' },
  { flags: ['--wait'], action: 'true', help: 'Wait for all jobs; the exit code is the largest one' },
  { flags: ['--watch'], action: 'true', help: 'Watch the output of all jobs (implies --wait)' },
  { flags: ['--log'], metavar: 'FILE', help: 'Write output of the command and of watched jobs to FILE' },
  { flags: ['--log-stderr'], metavar: 'FILE', help: 'Write errors to FILE' },
  { flags: ['--progress'], action: 'true', help: 'Show progress' },
  { flags: ['--jps'], action: 'true', help: 'With --progress, show the rate of jobs' },
];

const bulk: Argument[] = [
  { flags: ['--shuffle'], action: 'true', help: 'Shuffle the jobs before submission' },
  { flags: ['--sep'], metavar: 'STRING', default: '\n', help: 'Separator of inputs in files' },
  {
    flags: ['--define'],
    metavar: 'NAME=CODE',
    action: 'append',
    default: [],
    help: 'Define a method for input strings, {.NAME}: a Python expression of x',
  },
];

const wrap: Argument = { flags: ['--wrap'], action: 'true', help: 'Wrap arguments or stdin in a /bin/sh script' };

const brokerOpts: Argument = {
  flags: ['--broker-opts'],
  metavar: 'OPTS',
  action: 'append',
  help: 'Options for the brokers of the instance',
};

const positionals: Record<MiniCommand, Argument> = {
  run: { dest: 'command', nargs: 'rest', help: 'Job command and arguments' },
  submit: { dest: 'command', nargs: 'rest', help: 'Job command and arguments' },
  bulksubmit: { dest: 'command', nargs: 'rest', help: 'Template command and inputs' },
  batch: { dest: 'command', metavar: 'SCRIPT', nargs: 'rest', help: 'Batch script and arguments' },
  alloc: { dest: 'command', metavar: 'COMMAND', nargs: 'rest', help: 'Initial program of the instance' },
};

/** --begin-time and --dependency share one list, so that their order is kept. */
function appendBeginTime(space: Namespace, value: unknown): void {
  append(space, 'dependency', { beginTime: value as string });
}

function appendRule(prefix: string) {
  return (space: Namespace, value: unknown) => append(space, 'env', prefix + (value as string));
}

function append(space: Namespace, dest: string, value: unknown): void {
  space[dest] = [...((space[dest] as unknown[] | undefined) ?? []), value];
}
