import { ALL_USERS, jobStats, listAttributes, listInactiveJobs, listJob, listJobs } from '../../../core/client/job-list';
import { ACTIVE, PENDING, RUNNING, STATE } from '../../../core/client/job-states';
import type { JsonObject } from '../../../core/formats/json';
import type { Subcommand } from '../../args/getopt';
import { type CommandContext, failedText } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';
import { spacedJson } from '../../render/spaced-json';
import { statesOf, statesOption, userOf, userOption } from './common';

const ALL = PENDING | RUNNING | STATE.INACTIVE;
const countOption = { name: 'count', key: 'c', arg: 'N', help: 'List max N jobs' };

const print = (ctx: CommandContext, jobs: readonly JsonObject[]) => ctx.stdout.write(jobs.map((job) => `${spacedJson(job)}\n`).join(''));

export const list: Subcommand = {
  name: 'list',
  summary: 'List jobs',
  options: [
    countOption,
    statesOption('List jobs in these states'),
    userOption,
    { name: 'all-user', key: 'a', help: 'List my jobs, regardless of state' },
    { name: 'all', key: 'A', help: 'List jobs for all users, regardless of state' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const maxEntries = opts.int('count', 0);
    const text = opts.str('states');
    const any = opts.has('all-user') || opts.has('all');
    const states = any ? ALL : text === undefined ? ACTIVE : statesOf(text);
    const userid = opts.has('all') ? ALL_USERS : userOf(opts);
    await withFlux(ctx, async (flux) => {
      const wanted = { maxEntries, attrs: listAttributes, userid, states, results: 0 };
      print(ctx, await listJobs(flux, wanted).catch((e) => Promise.reject(failedText('flux_job_list', e))));
    });
  },
};

export const listInactive: Subcommand = {
  name: 'list-inactive',
  summary: 'List Inactive jobs',
  options: [countOption, { name: 'since', key: 's', arg: 'T', help: 'List jobs that have finished since timestamp' }],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const wanted = { maxEntries: opts.int('count', 0), since: opts.float('since', 0), attrs: listAttributes };
    await withFlux(ctx, async (flux) => {
      print(ctx, await listInactiveJobs(flux, wanted).catch((e) => Promise.reject(failedText('flux_job_list_inactive', e))));
    });
  },
};

export const listIds: Subcommand = {
  name: 'list-ids',
  usage: '[OPTIONS] ID [ID ...]',
  summary: 'List job(s) by id',
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const ids = opts.args.map(jobIdArgument);
    await withFlux(ctx, async (flux) => {
      await Promise.all(
        ids.map(async (id) =>
          print(ctx, [await listJob(flux, id, listAttributes).catch((e) => Promise.reject(failedText('flux_job_list_id', e)))]),
        ),
      );
    });
  },
};

export const stats: Subcommand = {
  name: 'stats',
  summary: 'Get current job stats',
  run: async (ctx) => {
    await withFlux(ctx, async (flux) => {
      const counts = await jobStats(flux).catch((e) => Promise.reject(failedText('flux_rpc', e)));
      ctx.stdout.write(`${JSON.stringify(counts)}\n`);
    });
  },
};
