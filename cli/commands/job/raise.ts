import { type BulkResult, cancelJob, raiseOnJob, raiseOnJobs } from '../../../core/client/job-control';
import { lookupJob } from '../../../core/client/job-info';
import { ACTIVE, JobState } from '../../../core/client/job-states';
import { parseJobId } from '../../../core/formats/fluid';
import type { Flux } from '../../../core/handle/flux';
import { isErrno } from '../../../core/sys/errors';
import type { OptionSpec, Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';
import { EVERYBODY, reportMatches } from './bulk';
import { parseStates, parseUser } from './selection';

const userOption: OptionSpec = { name: 'user', key: 'u', arg: 'USER', help: 'Set target user or "all" (instance owner only)' };
const statesOption: OptionSpec = { name: 'states', key: 'S', arg: 'STATES', help: 'Set target job states (default: ACTIVE)' };
const forceOption: OptionSpec = { name: 'force', key: 'f', help: 'Confirm the command' };
const severityOption: OptionSpec = { name: 'severity', key: 's', arg: 'N', help: 'Set exception severity [0-7]' };

export const cancel: Subcommand = {
  name: 'cancel',
  usage: '[OPTIONS] id [message ...]',
  summary: 'Cancel a job',
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [name = '', ...words] = opts.args;
    const id = jobIdArgument(name);
    await withFlux(ctx, async (flux) => {
      await cancelJob(flux, id, noteOf(words)).catch((e) => Promise.reject(failedText(name, e)));
      for (const word of await jobsAmong(flux, words))
        ctx.stderr.write(`${ctx.prog}: warning: ${word} is not canceled: only the first argument is a job, the others are its message\n`);
    });
  },
};

export const cancelall: Subcommand = {
  name: 'cancelall',
  usage: '[OPTIONS] [message ...]',
  summary: 'Cancel multiple jobs',
  options: [userOption, statesOption, forceOption, { name: 'quiet', key: 'q', help: 'Suppress output if no jobs match' }],
  run: (ctx, opts) =>
    raiseAll(ctx, opts, {
      type: 'cancel',
      severity: 0,
      words: opts.args,
      inactive: 'Inactive jobs cannot be canceled',
      done: ({ count, errors }) => `Canceled ${count} jobs (${errors} errors)`,
      quiet: opts.has('quiet'),
    }),
};

export const raise: Subcommand = {
  name: 'raise',
  usage: '[OPTIONS] id [message ...]',
  summary: 'Raise exception for job',
  options: [severityOption, { name: 'type', key: 't', arg: 'TYPE', help: 'Set exception type (default=cancel)' }],
  run: async (ctx, opts) => {
    const severity = opts.int('severity', 0);
    if (opts.args.length === 0) throw opts.usageError();
    const [name = '', ...words] = opts.args;
    const id = jobIdArgument(name);
    const note = noteOf(words);
    const exception = { type: opts.str('type') ?? 'cancel', severity, ...(note === undefined ? {} : { note }) };
    await withFlux(ctx, (flux) => raiseOnJob(flux, id, exception).catch((e) => Promise.reject(failedText(name, e))));
  },
};

export const raiseall: Subcommand = {
  name: 'raiseall',
  usage: 'OPTIONS type [message ...]',
  summary: 'Raise exception for multiple jobs',
  options: [severityOption, userOption, statesOption, forceOption],
  run: (ctx, opts) => {
    const severity = opts.int('severity', 7);
    if (opts.args.length === 0) throw opts.usageError();
    const [type = '', ...words] = opts.args;
    return raiseAll(ctx, opts, {
      type,
      severity,
      words,
      inactive: 'Exceptions cannot be raised on inactive jobs',
      done: ({ count, errors }) => `Raised exception on ${count} jobs (${errors} errors)`,
      quiet: false,
    });
  },
};

interface RaiseAll {
  type: string;
  severity: number;
  words: readonly string[];
  /** What to say when inactive jobs are asked for. */
  inactive: string;
  done(result: BulkResult): string;
  quiet: boolean;
}

async function raiseAll(ctx: CommandContext, opts: Options, raiseOptions: RaiseAll): Promise<void> {
  const { type, severity, words, inactive, done, quiet } = raiseOptions;
  const list = opts.str('states');
  const states = list === undefined ? ACTIVE : parseStates(list);
  if (states & JobState.INACTIVE) throw new CommandError(inactive);
  const userid = parseUser(opts.str('user'), EVERYBODY);
  const dryRun = !opts.has('force');
  await withFlux(ctx, async (flux) => {
    const request = { dryRun, userid, states, severity, type, note: noteOf(words) ?? '' };
    const result = await raiseOnJobs(flux, request).catch((e) => Promise.reject(failedText('raiseall', e)));
    reportMatches(ctx, result, { dryRun, quiet, done });
  });
}

/** The words that name jobs, if all look as if they did. */
async function jobsAmong(flux: Flux, words: readonly string[]): Promise<string[]> {
  const ids = words.map(idOf);
  if (!ids.every((id) => id !== undefined)) return [];
  const found = await Promise.all(ids.map((id) => isJob(flux, id)));
  return words.filter((_, i) => found[i]);
}

function idOf(word: string): bigint | undefined {
  try {
    return parseJobId(word);
  } catch {
    return undefined;
  }
}

async function isJob(flux: Flux, id: bigint): Promise<boolean> {
  try {
    await lookupJob(flux, id, ['jobspec']);
    return true;
  } catch (e) {
    return isErrno(e, 'EPERM'); // another user's
  }
}

/** The message words as one note; none if there are no words. */
function noteOf(words: readonly string[]): string | undefined {
  return words.length > 0 ? words.join(' ') : undefined;
}
