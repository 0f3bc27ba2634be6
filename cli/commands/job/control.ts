import { cancelJob, killJob, killJobs, raiseOnJob, raiseOnJobs, setJobMemo, setJobUrgency } from '../../../core/client/job-control';
import { ACTIVE, STATE } from '../../../core/client/job-states';
import { URGENCY } from '../../../core/client/job-submit';
import type { JsonObject } from '../../../core/formats/json';
import { parseSignal } from '../../../core/sys/signals';
import { strsignal } from '../../../core/sys/strsignal';
import type { OptionSpec, Options, Subcommand } from '../../args/getopt';
import { CommandError } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';
import { readStdin } from '../../stdin';
import { bulk, explain, statesOf, statesOption, userOf, userOption, wordsFrom } from './common';

const forceOption: OptionSpec = { name: 'force', key: 'f', help: 'Confirm the command' };
const signalOption: OptionSpec = { name: 'signal', key: 's', arg: 'SIG', help: 'Send signal SIG (default SIGTERM)' };

export const urgency: Subcommand = {
  name: 'urgency',
  usage: '[OPTIONS] id urgency',
  summary: 'Set job urgency (0-31, HOLD, EXPEDITE, DEFAULT)',
  options: [{ name: 'verbose', key: 'v', help: 'Output old urgency value on success' }],
  run: async (ctx, opts) => {
    opts.expectArgs(2);
    const [name, text] = opts.args as [string, string];
    const id = jobIdArgument(name);
    const value = URGENCY[text.toLowerCase() as keyof typeof URGENCY] ?? (/^\d+$/.test(text) ? Number(text) : undefined);
    if (value === undefined) throw new CommandError(`error parsing urgency: "${text}"`);
    await withFlux(ctx, async (flux) => {
      const old = await setJobUrgency(flux, id, value).catch((e) => Promise.reject(explain(name, { ENOENT: `${name}: unknown job` }, e)));
      const shown = old === URGENCY.hold ? 'job held' : old === URGENCY.expedite ? 'job expedited' : String(old);
      if (opts.has('verbose')) ctx.stderr.write(`old urgency: ${shown}\n`);
    });
  },
};

export const cancel: Subcommand = {
  name: 'cancel',
  usage: '[OPTIONS] id [message ...]',
  summary: 'Cancel a job',
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [name] = opts.args as [string];
    const id = jobIdArgument(name);
    await withFlux(ctx, (flux) =>
      cancelJob(flux, id, wordsFrom(opts, 1)).catch((e) => Promise.reject(explain(name, { ENOENT: `${name}: unknown job id` }, e))),
    );
  },
};

export const cancelall: Subcommand = {
  name: 'cancelall',
  usage: '[OPTIONS] [message ...]',
  summary: 'Cancel multiple jobs',
  options: [
    userOption,
    statesOption('Set target job states (default=ACTIVE)', 'S'),
    forceOption,
    { name: 'quiet', key: 'q', help: 'Suppress output if no jobs match' },
  ],
  run: async (ctx, opts) => {
    const states = activeStates(opts, 'Inactive jobs cannot be canceled');
    const userid = userOf(opts);
    const note = wordsFrom(opts, 0);
    await withFlux(ctx, (flux) =>
      bulk(
        ctx,
        opts,
        flux,
        (f, dryRun) => raiseOnJobs(f, { dryRun, userid, states, severity: 0, type: 'cancel', ...(note ? { note } : {}) }),
        {
          done: (n) => `Canceled ${n} jobs`,
        },
      ).catch((e) => Promise.reject(e instanceof CommandError ? e : explain('raiseall', {}, e))),
    );
  },
};

export const raise: Subcommand = {
  name: 'raise',
  usage: '[OPTIONS] id [message ...]',
  summary: 'Raise exception for job',
  options: [
    { name: 'severity', key: 's', arg: 'N', help: 'Set exception severity [0-7] (default=0)' },
    { name: 'type', key: 't', arg: 'TYPE', help: 'Set exception type (default=cancel)' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [name] = opts.args as [string];
    const id = jobIdArgument(name);
    const note = wordsFrom(opts, 1);
    const exception = { type: opts.str('type') ?? 'cancel', severity: opts.int('severity', 0), ...(note === undefined ? {} : { note }) };
    await withFlux(ctx, (flux) =>
      raiseOnJob(flux, id, exception).catch((e) => Promise.reject(explain(name, { ENOENT: `${name}: unknown job id` }, e))),
    );
  },
};

export const raiseall: Subcommand = {
  name: 'raiseall',
  usage: '[OPTIONS] type [message ...]',
  summary: 'Raise an exception on multiple jobs',
  options: [
    { name: 'severity', key: 's', arg: 'N', help: 'Set exception severity [0-7] (default=7)' },
    userOption,
    statesOption('Set target job states (default=ACTIVE)', 'S'),
    forceOption,
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [type] = opts.args as [string];
    const states = activeStates(opts, 'Exceptions cannot be raised on inactive jobs');
    const severity = opts.int('severity', 7);
    const userid = userOf(opts);
    const note = wordsFrom(opts, 1);
    await withFlux(ctx, (flux) =>
      bulk(ctx, opts, flux, (f, dryRun) => raiseOnJobs(f, { dryRun, userid, states, severity, type, ...(note ? { note } : {}) }), {
        done: (n) => `Raised exception on ${n} jobs`,
      }).catch((e) => Promise.reject(e instanceof CommandError ? e : explain('raiseall', {}, e))),
    );
  },
};

export const kill: Subcommand = {
  name: 'kill',
  usage: '[OPTIONS] id',
  summary: 'Send signal to running job',
  options: [signalOption],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [name] = opts.args as [string];
    const id = jobIdArgument(name);
    const signum = signalOf(opts, 'kill');
    await withFlux(ctx, (flux) =>
      killJob(flux, id, signum).catch((e) => Promise.reject(explain(`kill ${name}`, { ENOENT: `kill ${name}: unknown job id` }, e))),
    );
  },
};

export const killall: Subcommand = {
  name: 'killall',
  summary: 'Send signal to multiple running jobs',
  options: [signalOption, userOption, forceOption],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const signum = signalOf(opts, 'killall');
    const userid = userOf(opts);
    await withFlux(ctx, (flux) =>
      bulk(ctx, opts, flux, (f, dryRun) => killJobs(f, { dryRun, userid, signum }), {
        done: (n) => `${strsignal(signum)} ${n} jobs`,
      }).catch((e) => Promise.reject(e instanceof CommandError ? e : explain('killall', {}, e))),
    );
  },
};

export const memo: Subcommand = {
  name: 'memo',
  usage: '[OPTIONS] id key=value [key=value ...]',
  summary: 'Post an RFC 21 memo to a job',
  options: [{ name: 'volatile', help: 'Memo will not appear in eventlog (will be lost on restart)' }],
  run: async (ctx, opts) => {
    if (opts.args.length < 2) throw opts.usageError();
    const [name, ...words] = opts.args as [string, ...string[]];
    const id = jobIdArgument(name);
    const memo: JsonObject = {};
    for (const word of words) setNested(memo, word, word.endsWith('=-') ? (await readStdin(ctx)).toString('utf8') : undefined);
    await withFlux(ctx, (flux) =>
      setJobMemo(flux, id, memo, opts.has('volatile')).catch((e) => Promise.reject(explain('memo', { ENOENT: 'memo: unknown job id' }, e))),
    );
  },
};

function setNested(memo: JsonObject, word: string, stdin: string | undefined): void {
  const equals = word.indexOf('=');
  if (equals < 0) throw new CommandError(`memo: no value for key=${word}`);
  const keys = word.slice(0, equals).split('.');
  let at = memo as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
  const text = stdin ?? word.slice(equals + 1);
  try {
    at[keys.at(-1)!] = JSON.parse(text);
  } catch {
    at[keys.at(-1)!] = text;
  }
}

function activeStates(opts: Options, refusal: string): number {
  const text = opts.str('states');
  const states = text === undefined ? ACTIVE : statesOf(text);
  if (states & STATE.INACTIVE) throw new CommandError(refusal);
  return states;
}

function signalOf(opts: Options, command: string): number {
  const text = opts.str('signal') ?? 'SIGTERM';
  const signum = /^[a-z]/.test(text) ? undefined : parseSignal(text);
  if (signum === undefined || signum === 0) throw new CommandError(`${command}: Invalid signal ${text}`);
  return signum;
}
