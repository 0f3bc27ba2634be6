import type { Namespace } from '../../args/argparse';

export const miniCommands = ['run', 'submit', 'bulksubmit', 'batch', 'alloc'] as const;
export type MiniCommand = (typeof miniCommands)[number];

/** An entry of the dependency list: a URI, or the time that --begin-time gave. */
export type DependencyOption = string | { beginTime: string };

/**
 * The options of one job as typed: texts, since `flux mini bulksubmit` and `--cc` replace parts of them. Counts of batch and alloc are numbers.
 * Undefined is what was not given.
 */
export interface MiniOptions {
  command: string[];
  ntasks: string | number | undefined;
  nodes: string | undefined;
  cores: string | number | undefined;
  gpus: string | number | undefined;
  timeLimit: string | undefined;
  urgency: string;
  jobName: string | undefined;
  setopt: string[];
  setattr: string[];
  dependency: DependencyOption[];
  env: string[];
  input: string | undefined;
  output: string | undefined;
  error: string | undefined;
  labelIo: boolean;
  flags: string[];
  dryRun: boolean;
  debugEmulate: boolean;
  verbose: number;
  quiet: boolean;
  cc: string | undefined;
  bcc: string | undefined;
  wait: boolean;
  watch: boolean;
  log: string | undefined;
  logStderr: string | undefined;
  progress: boolean;
  jps: boolean;
  shuffle: boolean;
  sep: string;
  define: string[];
  wrap: boolean;
  brokerOpts: string[];
}

/** The options from what argparse found. */
export function readOptions(space: Namespace): MiniOptions {
  const text = (name: string) => space[name] as string | undefined;
  const count = (name: string) => space[name] as string | number | undefined;
  const list = <T = string>(name: string) => (space[name] as T[] | undefined) ?? [];
  const flag = (name: string) => Boolean(space[name]);
  return {
    command: list('command'),
    ntasks: count('ntasks') ?? count('nslots'),
    nodes: text('nodes'),
    cores: count('cores_per_task') ?? count('cores_per_slot'),
    gpus: count('gpus_per_task') ?? count('gpus_per_slot'),
    timeLimit: text('time_limit'),
    urgency: text('urgency')!,
    jobName: text('job_name'),
    setopt: list('setopt'),
    setattr: list('setattr'),
    dependency: list<DependencyOption>('dependency'),
    env: list('env'),
    input: text('input'),
    output: text('output'),
    error: text('error'),
    labelIo: flag('label_io'),
    flags: list('flags'),
    dryRun: flag('dry_run'),
    debugEmulate: flag('debug_emulate'),
    verbose: Number(space['verbose'] ?? 0),
    quiet: flag('quiet'),
    cc: text('cc'),
    bcc: text('bcc'),
    wait: flag('wait') || flag('watch'),
    watch: flag('watch'),
    log: text('log'),
    logStderr: text('log_stderr'),
    progress: flag('progress'),
    jps: flag('jps'),
    shuffle: flag('shuffle'),
    sep: text('sep') ?? '\n',
    define: list('define'),
    wrap: flag('wrap'),
    brokerOpts: list('broker_opts').flatMap((word) => word.split(',')),
  };
}
