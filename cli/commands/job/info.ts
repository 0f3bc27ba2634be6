import { lookupJob } from '../../../core/client/job-info';
import { jobList } from '../../../core/protocol/job-list';
import { isErrno } from '../../../core/sys/errors';
import type { Subcommand } from '../../args/getopt';
import { CommandError, failed } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';

const commonKeys = ['J', 'R', 'eventlog', 'jobspec', 'guest.exec.eventlog', 'guest.input', 'guest.output'];

export const info: Subcommand = {
  name: 'info',
  usage: 'id key ...',
  summary: 'Display info for a job',
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [name = '', ...keys] = opts.args;
    if (keys.length === 0) {
      ctx.stderr.write(`Missing lookup key(s), common keys:\n${commonKeys.map((key) => `${key}\n`).join('')}`);
      return;
    }
    const id = jobIdArgument(name);
    await withFlux(ctx, async (flux) => {
      const values = await lookupJob(flux, id, [...new Set(keys)]).catch((e) =>
        Promise.reject(isErrno(e, 'ENOENT') ? new CommandError(`job ${id} id or key not found`) : failed('flux_rpc_get_unpack', e)),
      );
      ctx.stdout.write(keys.map((key) => `${values[key]}\n`).join(''));
    });
  },
};

export const stats: Subcommand = {
  name: 'stats',
  usage: '[OPTIONS]',
  summary: 'Get current job stats',
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    await withFlux(ctx, async (flux) => {
      const response = await flux.rpcMessage(jobList.jobStats.topic).catch((e) => Promise.reject(failed('unable to get job stats', e)));
      ctx.stdout.write(`${response.text()}\n`);
    });
  },
};
