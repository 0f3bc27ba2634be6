import fs from 'node:fs';
import { waitForJob } from '../../../core/client/job-control';
import { type JobResult, jobResult } from '../../../core/client/job-result';
import { JOB_FLAG, submitJob, submitSigned, URGENCY } from '../../../core/client/job-submit';
import { encodeJson, real } from '../../../core/formats/json';
import { isErrno, toFluxError } from '../../../core/sys/errors';
import { endedBySignal, exitCode, shellExitCode, terminatingSignal } from '../../../core/sys/waitstatus';
import type { Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';
import { f58, jobIdArgument } from '../../render/jobid';
import { readStdin } from '../../stdin';

export const submit: Subcommand = {
  name: 'submit',
  usage: '[OPTIONS] [jobspec]',
  summary: 'Run job',
  options: [
    { name: 'urgency', key: 'u', arg: 'N', help: 'Set job urgency (0-31), hold=0, default=16, expedite=31' },
    { name: 'flags', key: 'f', arg: 'LIST', split: true, help: 'Set submit comma-separated flags (e.g. debug, waitable)' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0, 1);
    const names = opts.list('flags');
    const known: Readonly<Record<string, number>> = JOB_FLAG;
    const unknown = names.find((name) => name !== 'signed' && known[name] === undefined);
    if (unknown !== undefined) throw new CommandError(`unknown flag: ${unknown}`);
    const flags = names.filter((name) => name !== 'signed').reduce((bits, name) => bits | known[name]!, 0);
    const urgency = urgencyOf(opts.str('urgency'));
    const text = await readJobspec(ctx, opts.args[0]);
    if (text === '') throw new CommandError('required jobspec is empty');
    await withFlux(ctx, async (flux) => {
      const submission = names.includes('signed')
        ? submitSigned(flux, text.trim(), { urgency, flags })
        : submitJob(flux, text, { urgency, flags });
      const id = await submission.catch((e) => Promise.reject(new CommandError(toFluxError(e).message)));
      ctx.stdout.write(`${f58(ctx, id, 'c')}\n`);
    });
  },
};

function urgencyOf(text: string | undefined): number {
  if (text === undefined) return URGENCY.default;
  const value = URGENCY[text.toLowerCase() as keyof typeof URGENCY] ?? (/^-?\d+$/.test(text) ? Number(text) : undefined);
  if (value === undefined) throw new CommandError(`error parsing urgency: "${text}"`);
  return value;
}

async function readJobspec(ctx: CommandContext, file: string | undefined): Promise<string> {
  if (file === undefined || file === '-') return (await readStdin(ctx)).toString('utf8');
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (e) {
    throw failedText(file, toFluxError(e));
  }
}

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
    const jobs = opts.args.map((name) => ({ name, id: jobIdArgument(name) }));
    const exceptionCode = opts.int('exception-exit-code', 1);
    const verbose = opts.count('verbose');
    const say = (text: string) => ctx.stderr.write(`${ctx.prog}: ${text}\n`);
    return withFlux(ctx, async (flux) => {
      if (verbose > 0 && jobs.length > 1) say(`fetching status for ${jobs.length} jobs`);
      const results = await Promise.all(
        jobs.map(async ({ name, id }) => ({
          name,
          result: await jobResult(flux, id).catch((e) =>
            Promise.reject(isErrno(e, 'ENOENT') ? new CommandError(`${name}: No such job`) : failedText(name, e)),
          ),
        })),
      );
      if (verbose > 0 && jobs.length > 1) say('all done.');
      let code = 0;
      for (const { name, result } of results) {
        code = Math.max(code, codeOf(result, exceptionCode));
        if (opts.has('json')) ctx.stdout.write(`${encodeJson(jsonOf(result))}\n`);
        const text = outcome(name, result, verbose > 1);
        if (verbose > 0 && text) say(text);
      }
      return code;
    });
  },
};

function codeOf({ waitstatus, exception_occurred }: JobResult, exceptionCode: number): number {
  return Math.max(waitstatus === undefined ? 0 : shellExitCode(waitstatus), exception_occurred ? exceptionCode : 0);
}

function jsonOf({ id, exception_occurred, t_submit, t_run, t_cleanup, ...rest }: JobResult): object {
  const { exception_type, exception_note, exception_severity, waitstatus, result } = rest;
  const time = (value: number | undefined) => (value === undefined ? undefined : real(value));
  return {
    id,
    exception_occurred,
    t_submit: time(t_submit),
    t_run: time(t_run),
    exception_type,
    exception_note,
    exception_severity,
    t_cleanup: time(t_cleanup),
    waitstatus,
    result,
  };
}

/** What to say of a job; successful ones only when asked for. */
function outcome(name: string, { waitstatus, exception_occurred, exception_type }: JobResult, all: boolean): string | undefined {
  if (waitstatus !== undefined && endedBySignal(waitstatus)) return `${name}: job shell died by signal ${terminatingSignal(waitstatus)}`;
  if (exception_occurred && (waitstatus ?? 0) === 0) return `${name}: exception type=${exception_type}`;
  if (waitstatus !== undefined && (waitstatus !== 0 || all)) return `${name}: exited with exit code ${exitCode(waitstatus)}`;
  return undefined;
}

export const wait: Subcommand = {
  name: 'wait',
  usage: '[--all] [id]',
  summary: 'Wait for job(s) to complete.',
  options: [
    { name: 'all', key: 'a', help: 'Wait for all (waitable) jobs' },
    { name: 'verbose', key: 'v', help: 'Emit a line of output for all jobs, not just failing ones' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0, 1);
    const [name] = opts.args;
    if (opts.has('all') && name !== undefined) throw new CommandError('jobid not supported with --all: Invalid argument');
    return withFlux(ctx, (flux) => (opts.has('all') ? waitAll(ctx, opts, flux) : waitOne(ctx, flux, name)));
  },
};

async function waitOne(ctx: CommandContext, flux: Parameters<typeof waitForJob>[0], name: string | undefined): Promise<number> {
  const { id, success, errstr } = await waitForJob(flux, ...(name === undefined ? [] : ([jobIdArgument(name)] as const))).catch((e) =>
    Promise.reject(new CommandError(toFluxError(e).message)),
  );
  if (name === undefined) ctx.stdout.write(`${f58(ctx, id, 'c')}\n`);
  if (!success) throw new CommandError(errstr);
  return 0;
}

async function waitAll(ctx: CommandContext, opts: Options, flux: Parameters<typeof waitForJob>[0]): Promise<number> {
  let status = 0;
  for (;;) {
    try {
      const { id, success, errstr } = await waitForJob(flux);
      const name = f58(ctx, id, 'c');
      if (!success) {
        ctx.stderr.write(`${name}: ${errstr}\n`);
        status = 1;
      } else if (opts.has('verbose')) ctx.stderr.write(`${name}: job completed successfully\n`);
    } catch (e) {
      if (isErrno(e, 'ECHILD')) return status; // no more of them
      throw new CommandError(toFluxError(e).message);
    }
  }
}
