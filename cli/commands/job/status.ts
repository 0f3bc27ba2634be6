import { type JobOutcome, jobResult } from '../../../core/client/job-result';
import { encodeJson, real } from '../../../core/formats/json';
import { isErrno } from '../../../core/sys/errors';
import { endedBySignal, exitCode, shellExitCode, terminatingSignal } from '../../../core/sys/waitstatus';
import type { Subcommand } from '../../args/getopt';
import { CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';

export const status: Subcommand = {
  name: 'status',
  usage: 'id [id...]',
  summary: 'Wait for job(s) to complete and exit with largest exit code',
  options: [
    { name: 'verbose', key: 'v', help: 'Increase verbosity' },
    { name: 'json', key: 'j', help: 'Dump job result information gleaned from eventlog to stdout' },
    { name: 'exception-exit-code', key: 'e', arg: 'N', help: 'Set the exit code for any job that terminates with an exception' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const exceptionCode = opts.int('exception-exit-code', 1);
    const verbose = opts.count('verbose');
    const say = (text: string) => ctx.stderr.write(`${ctx.prog}: ${text}\n`);
    const jobs = opts.args.map((name) => ({ name, id: jobIdArgument(name) }));
    return withFlux(ctx, async (flux) => {
      if (verbose > 0 && jobs.length > 1) say(`fetching status for ${jobs.length} jobs`);
      const results = await Promise.all(
        jobs.map(({ name, id }) =>
          jobResult(flux, id).catch((e) => Promise.reject(isErrno(e, 'ENOENT') ? noJob(name) : failedText(name, e))),
        ),
      );
      if (verbose > 0 && jobs.length > 1) say('all done.');
      let code = 0;
      for (const [i, result] of results.entries()) {
        if (opts.has('json')) ctx.stdout.write(`${encodeJson(withReals(result))}\n`);
        for (const text of describe(result, verbose)) say(`${jobs[i]!.name}: ${text}`);
        code = Math.max(code, codeOf(result, exceptionCode));
      }
      return code;
    });
  },
};

const noJob = (name: string) => new CommandError(`${name}: No such job`);

function codeOf({ waitstatus, exception_occurred }: JobOutcome, exceptionCode: number): number {
  return Math.max(waitstatus === undefined ? 0 : shellExitCode(waitstatus), exception_occurred ? exceptionCode : 0);
}

/** What to say of a job with -v; of a successful one only with -vv. */
function describe({ waitstatus, exception_occurred, exception_type }: JobOutcome, verbose: number): string[] {
  if (verbose === 0) return [];
  const texts: string[] = [];
  if (waitstatus !== undefined && endedBySignal(waitstatus)) texts.push(`job shell died by signal ${terminatingSignal(waitstatus)}`);
  else if (waitstatus !== undefined && (waitstatus !== 0 || verbose > 1)) texts.push(`exited with exit code ${exitCode(waitstatus)}`);
  if (exception_occurred) texts.push(`exception type=${exception_type}`);
  return texts;
}

function withReals(result: JobOutcome): object {
  return Object.fromEntries(Object.entries(result).map(([key, value]) => [key, key.startsWith('t_') ? real(value as number) : value]));
}
