import { killJob, killJobs } from '../../../core/client/job-control';
import { parseSignal } from '../../../core/sys/signals';
import { strsignal } from '../../../core/sys/strsignal';
import { strtol } from '../../args/cnumbers';
import type { OptionSpec, Subcommand } from '../../args/getopt';
import { CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';
import { EVERYBODY, reportMatches } from './bulk';
import { parseUser } from './selection';

const signalOption: OptionSpec = { name: 'signal', key: 's', arg: 'SIG', help: 'Send signal SIG (default SIGTERM)' };

export const kill: Subcommand = {
  name: 'kill',
  usage: '[OPTIONS] id',
  summary: 'Send signal to running job',
  options: [signalOption],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [name = ''] = opts.args;
    const id = jobIdArgument(name);
    const signum = signalNumber('kill', opts.str('signal'));
    await withFlux(ctx, (flux) => killJob(flux, id, signum).catch((e) => Promise.reject(failedText(`kill ${name}`, e))));
  },
};

export const killall: Subcommand = {
  name: 'killall',
  usage: '[OPTIONS]',
  summary: 'Send signal to multiple running jobs',
  options: [
    signalOption,
    { name: 'user', key: 'u', arg: 'USER', help: 'Set target user or "all" (instance owner only)' },
    { name: 'force', key: 'f', help: 'Confirm the command' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const signum = signalNumber('killall', opts.str('signal'));
    const userid = parseUser(opts.str('user'), EVERYBODY);
    const dryRun = !opts.has('force');
    await withFlux(ctx, async (flux) => {
      const result = await killJobs(flux, { dryRun, userid, signum }).catch((e) => Promise.reject(failedText('killall', e)));
      reportMatches(ctx, result, { dryRun, done: ({ count, errors }) => `${strsignal(signum)} ${count} jobs (${errors} errors)` });
    });
  },
};

/** A signal by number, whose range the service checks, or by its name in upper case. */
function signalNumber(what: string, text = 'SIGTERM'): number {
  const signum = strtol(text) ?? (/^[A-Z0-9+-]+$/.test(text) ? parseSignal(text) : undefined);
  if (signum === undefined || signum <= 0) throw new CommandError(`${what}: Invalid signal ${text}`);
  return signum;
}
