import { findJobs, type JobQuery, jobCounts, jobFilter } from '../../../core/client/job-query';
import { JobInfo } from '../../../core/client/job-record';
import { decodeJson, isJsonObject } from '../../../core/formats/json';
import type { Flux } from '../../../core/handle/flux';
import { errorText } from '../../../core/sys/errors';
import { int, type Namespace, type ParserSpec, parseArgs } from '../../args/argparse';
import { grammarOfParser } from '../../args/argparse-grammar';
import { type CommandContext, CommandError, defineCommand } from '../../command';
import { connectPython, withFlux } from '../../connect';
import { warn } from '../../python-log';
import { ColumnFormat } from '../../render/columns';
import { pythonJobId } from '../../render/jobid';
import { readStdin } from '../../stdin';
import { textOnly } from '../../text-only';
import { JobFields } from './fields';
import { userOf } from './user';

const DEFAULT_FORMAT =
  '{id.f58:>12} {username:<8.8} {name:<10.10} {status_abbrev:>2.2} {ntasks:>6} {nnodes:>6h} {runtime!F:>8h} {nodelist:h}';
const DEFAULT_COUNT = 1000;
const EVERY_STATE = 'pending,running,inactive';

const parser: ParserSpec = {
  prog: 'flux-jobs',
  arguments: [
    { flags: ['-a'], dest: 'a', action: 'true', help: 'List all jobs for current user' },
    { flags: ['-A'], dest: 'A', action: 'true', help: 'List all jobs for all users' },
    { flags: ['-c', '--count'], type: int, default: DEFAULT_COUNT, metavar: 'N', help: 'Limit output to N jobs(default 1000)' },
    { flags: ['-f', '--filter'], metavar: 'STATE|RESULT', help: 'List jobs with specific job state or result' },
    { flags: ['-n', '--suppress-header'], action: 'true', help: 'Suppress printing of header line' },
    {
      flags: ['-u', '--user'],
      metavar: '[USERNAME|UID]',
      help: 'Limit output to specific username or userid (Specify "all" for all users)',
    },
    { flags: ['-o', '--format'], metavar: 'FORMAT', help: "Specify output format using Python's string format syntax" },
    {
      flags: ['--color'],
      choices: ['never', 'always', 'auto'],
      default: 'auto',
      metavar: 'WHEN',
      help: "Colorize output; WHEN can be 'never', 'always', or 'auto' (default)",
    },
    { flags: ['--stats'], action: 'true', help: 'Print job statistics before header' },
    { flags: ['--stats-only'], action: 'true', help: 'Print job statistics only and exit' },
    { flags: ['--from-stdin'], action: 'true', hidden: true },
    { dest: 'jobids', nargs: '*', metavar: 'JOBID', help: 'Limit output to specific Job IDs' },
  ],
};

/** flux-jobs(1) */
export default defineCommand({
  name: 'jobs',
  summary: 'List jobs',
  family: 'python',
  grammar: () => grammarOfParser(parser),
  examples: [
    ['My jobs, whatever has become of them', 'flux jobs -a'],
    ['A format of your own', `flux jobs -o '{id.f58:>12} {name:<10.10} {status}'`],
  ],
  run: async (ctx) => {
    const space = parseArgs(parser, ctx.argv, ctx.env);
    const fromJson = Boolean(space['from_stdin']);
    const format = readFormat((space['format'] as string | undefined) ?? DEFAULT_FORMAT, fromJson);
    if (space['stats_only']) return showStats(ctx);
    const ids = (space['jobids'] as string[] | undefined) ?? [];
    for (const id of ids) pythonJobId(id);
    const color = space['color'] === 'always' || (space['color'] === 'auto' && ctx.isTTY(1));
    const attrs = new Set(format.fields.flatMap((field) => JobFields.attributesOf(field)));
    if (space['color'] !== 'never') attrs.add('result');
    const list = async (flux: Flux | undefined) => {
      const jobs = flux ? await fetch(ctx, space, ids, [...attrs], flux) : await fromStdin(ctx);
      if (space['stats'] && flux) await printStats(ctx, flux);
      print(ctx, format, jobs, { header: !space['suppress_header'], color });
    };
    if (fromJson) await list(undefined);
    else await withFlux(ctx, list, connectPython);
    return 0;
  },
});

/** Errors of the format itself come before anything is asked. A field without a name shows nothing of a given job, but can't be asked for. */
function readFormat(text: string, nameless: boolean): ColumnFormat {
  try {
    const format = new ColumnFormat(text);
    if (format.hasNameless && !nameless) throw new CommandError("Unknown format field: ''");
    for (const field of format.fields) JobFields.check(field);
    return format;
  } catch (e) {
    if (!(e instanceof CommandError)) throw e;
    throw new CommandError(`Error in user format: ${e.message}`, 1, { cause: e });
  }
}

async function fetch(ctx: CommandContext, space: Namespace, ids: string[], attrs: string[], flux: Flux): Promise<JobInfo[]> {
  const text = (name: string) => space[name] as string | undefined;
  const query = ids.length > 0 ? { ids, attrs } : { ...selection(space), attrs };
  const filtering = space['a'] || space['A'] || text('filter') || text('user') || space['count'] !== DEFAULT_COUNT;
  if (ids.length > 0 && filtering) warn(ctx, 'Filtering options ignored with jobid list');
  const { jobs, errors } = await findJobs(flux, query);
  ctx.stderr.write(errors.map((line) => `${line}\n`).join(''));
  return jobs;
}

/** What the options say without job ids. Errors in them come before anything is asked. */
function selection(space: Namespace): JobQuery {
  const all = Boolean(space['a'] || space['A']);
  const filter = all ? EVERY_STATE : ((space['filter'] as string | undefined) ?? 'pending,running');
  textOnly(() => jobFilter(filter));
  const user = userOf(space['A'] ? 'all' : space['a'] ? undefined : (space['user'] as string | undefined));
  return { filter, user, maxEntries: space['count'] as number };
}

async function fromStdin(ctx: CommandContext): Promise<JobInfo[]> {
  const lines = (await readStdin(ctx)).toString('utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, i) => {
    try {
      const job = decodeJson(line, { reals: true });
      if (isJsonObject(job)) return new JobInfo(job);
      throw new Error('not an object');
    } catch (e) {
      throw new CommandError(`JSON input error: line ${i + 1}: ${errorText(e)}`);
    }
  });
}

function print(
  ctx: CommandContext,
  format: ColumnFormat,
  jobs: readonly JobInfo[],
  { header, color }: { header: boolean; color: boolean },
): void {
  if (header) ctx.stdout.write(`${format.header((field) => JobFields.titleOf(field))}\n`);
  for (const job of jobs) {
    const fields = new JobFields(ctx, job);
    const line = `${format.line((field) => fields.value(field))}\n`;
    const paint = color ? colors[job.result ?? ''] : undefined;
    ctx.stdout.write(paint ? `${paint}${line}\u001b[0;0m` : line);
  }
}

const colors: Readonly<Record<string, string>> = {
  COMPLETED: '\u001b[01;32m',
  FAILED: '\u001b[01;31m',
  TIMEOUT: '\u001b[01;31m',
  CANCELED: '\u001b[37m',
};

async function showStats(ctx: CommandContext): Promise<number> {
  return withFlux(ctx, async (flux) => ((await printStats(ctx, flux)) > 0 ? 0 : 1), connectPython);
}

/** Prints the counts; gives the number of active jobs. */
async function printStats(ctx: CommandContext, flux: Flux): Promise<number> {
  const { running, successful, failed, pending } = await jobCounts(flux);
  ctx.stdout.write(`${running} running, ${successful} completed, ${failed} failed, ${pending} pending\n`);
  return running + pending;
}
