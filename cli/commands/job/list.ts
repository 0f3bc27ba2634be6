import { ALL_USERS, type ListedJob, listAttributes, listInactiveJobs, listJob, listJobs } from '../../../core/client/job-list';
import { ACTIVE, JobState } from '../../../core/client/job-states';
import { spacedJson } from '../../../core/formats/spaced-json';
import { userId } from '../../../core/sys/credentials';
import { FluxError } from '../../../core/sys/errors';
import type { Subcommand } from '../../args/getopt';
import { type CommandContext, failed, failedText } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';
import { parseStates, parseUser } from './selection';

const countOption = { name: 'count', key: 'c', arg: 'N', help: 'Limit output to N jobs' };

export const list: Subcommand = {
  name: 'list',
  usage: '[OPTIONS]',
  summary: 'List jobs',
  options: [
    countOption,
    { name: 'states', key: 's', arg: 'STATES', help: 'List jobs in specific states' },
    { name: 'user', key: 'u', arg: 'USER', help: 'Limit output to specific user. Specify "all" for all users.' },
    { name: 'all-user', key: 'a', help: 'List my jobs, regardless of state' },
    { name: 'all', key: 'A', help: 'List jobs for all users, regardless of state' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const maxEntries = opts.int('count', 0);
    const text = opts.str('states');
    let states = text === undefined ? ACTIVE : parseStates(text);
    let userid = parseUser(opts.str('user'), ALL_USERS);
    if (opts.has('all-user') || opts.has('all')) states = LISTABLE;
    if (opts.has('all-user')) userid = userId();
    if (opts.has('all')) userid = ALL_USERS;
    await withFlux(ctx, async (flux) => {
      checkArguments('flux_job_list', maxEntries >= 0 && (states & ~LISTABLE) === 0);
      const jobs = await listJobs(flux, { maxEntries, attrs: listAttributes, userid, states, results: 0 }).catch((e) =>
        Promise.reject(failedText('flux_job_list', e)),
      );
      print(ctx, jobs);
    });
  },
};

export const listInactive: Subcommand = {
  name: 'list-inactive',
  usage: '[OPTIONS]',
  summary: 'List inactive jobs',
  options: [countOption, { name: 'since', key: 's', arg: 'T', help: 'Limit output to jobs that became inactive since T' }],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const maxEntries = opts.int('count', 0);
    const since = opts.float('since', 0);
    await withFlux(ctx, async (flux) => {
      checkArguments('flux_job_list_inactive', maxEntries >= 0 && since >= 0);
      const jobs = await listInactiveJobs(flux, { maxEntries, since, attrs: listAttributes }).catch((e) =>
        Promise.reject(failedText('flux_job_list_inactive', e)),
      );
      print(ctx, jobs);
    });
  },
};

export const listIds: Subcommand = {
  name: 'list-ids',
  usage: '[OPTIONS] jobid [jobid...]',
  summary: 'List job(s) by id',
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const ids = opts.args.map(jobIdArgument);
    await withFlux(ctx, async (flux) => {
      const show = async (id: bigint) => print(ctx, [await listJob(flux, id, listAttributes)]);
      await Promise.all(ids.map(show)).catch((e) => Promise.reject(failedText('flux_job_list_id', e)));
    });
  },
};

/** States that a job can be found in. */
const LISTABLE = ACTIVE | JobState.INACTIVE;

/** What the C library refuses before it asks the service (docs/protocol/job-sdk.md §1). */
function checkArguments(what: string, ok: boolean): void {
  if (!ok) throw failed(what, new FluxError('EINVAL'));
}

function print(ctx: CommandContext, jobs: readonly ListedJob[]): void {
  ctx.stdout.write(jobs.map((job) => `${spacedJson(job)}\n`).join(''));
}
