import { type Argument, type ParserSpec, parseArgs } from '../../args/argparse';
import { grammarOfParser } from '../../args/argparse-grammar';
import { defineCommand } from '../../command';
import { pythonJobId } from '../../render/jobid';
import { Perilog } from './perilog';
import { runOnRanks } from './ranks';
import { runScripts } from './scripts';

const commonArguments: Argument[] = [
  { flags: ['-v', '--verbose'], action: 'true', help: 'Log what is run, and what became of it' },
  {
    flags: ['-e', '--exec-per-rank'],
    metavar: 'CMD[,ARGS...]',
    help: 'Run a command on each rank of the job; ranks where it fails are drained',
  },
  { flags: ['-d', '--exec-directory'], metavar: 'DIR', help: 'Run the executables of DIR (default: /etc/flux/system/NAME.d)' },
];

const parser: ParserSpec = {
  prog: 'flux-perilog-run',
  arguments: [],
  subparsers: {
    dest: 'subcommand',
    required: true,
    title: 'subcommands',
    parsers: ['prolog', 'epilog'].map((name) => ({ name, help: `Run the ${name} of a job`, arguments: commonArguments })),
  },
};

/** flux perilog-run: what a site sets as command of the job manager's prolog and epilog (docs/protocol/job-exec.md §15). */
export default defineCommand({
  name: 'perilog-run',
  summary: 'Run prolog or epilog scripts of a job, here and on its ranks',
  family: 'python',
  grammar: () => grammarOfParser(parser),
  details: `For the command of [job-manager.prolog] and [job-manager.epilog]. The executables of a directory run first, all at once; if they succeed, the command
of --exec-per-rank runs on every rank of the job. The job is the one that FLUX_JOB_ID names. The exit code is the largest of all.`,
  examples: [
    ['Run what is in /etc/flux/system/prolog.d', 'flux perilog-run prolog'],
    ['Run a script on every rank of a job that has ended', 'flux perilog-run epilog -e /etc/flux/system/cleanup,--all'],
  ],
  run: async (ctx) => {
    const { subcommand, verbose, exec_per_rank: perRank, exec_directory: dir } = parseArgs(parser, ctx.argv, ctx.env);
    const name = subcommand as string;
    const perilog = new Perilog(ctx, { name, verbose: Boolean(verbose) });
    const jobid = ctx.env['FLUX_JOB_ID'];
    if (jobid === undefined) return perilog.error('FLUX_JOB_ID not found in environment');
    const command = perRank ? (perRank as string).split(',') : undefined;
    return runPhases(perilog, pythonJobId(jobid), (dir as string | undefined) ?? `/etc/flux/system/${name}.d`, command);
  },
});

/** Runs the executables of `dir`, and then, if none failed, `command` on the ranks of the job. Gives the exit code. */
async function runPhases(perilog: Perilog, id: bigint, dir: string, command: readonly string[] | undefined): Promise<number> {
  // A signal is for the processes: those here get it from whoever signals the process group.
  const unblock = (['SIGINT', 'SIGTERM'] as const).map((signal) => perilog.ctx.onSignal(signal, () => {}));
  try {
    const code = await runScripts(perilog, perilog.jobText(id), dir);
    return code === 0 && command ? await runOnRanks(perilog, id, command) : code;
  } finally {
    for (const off of unblock) off();
  }
}
