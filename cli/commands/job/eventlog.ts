import { lookupJob } from '../../../core/client/job-info';
import { decodeEventlog } from '../../../core/formats/eventlog';
import { isErrno } from '../../../core/sys/errors';
import type { Subcommand } from '../../args/getopt';
import { CommandError, failed } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';
import { EventFormatter, eventlogOptions } from './event-format';

export const eventlog: Subcommand = {
  name: 'eventlog',
  usage: '[-f text|json] [-T raw|iso|offset] [-p path] id',
  summary: 'Display eventlog for a job',
  options: eventlogOptions,
  run: async (ctx, opts) => {
    opts.expectArgs(1);
    const [name = ''] = opts.args;
    const path = opts.str('path') ?? 'eventlog';
    const formatter = new EventFormatter(opts);
    const id = jobIdArgument(name);
    await withFlux(ctx, async (flux) => {
      const found = await lookupJob(flux, id, [path]).catch((e) =>
        Promise.reject(isErrno(e, 'ENOENT') ? notFound(name, path) : failed('flux_job_eventlog_lookup_get', e)),
      );
      ctx.stdout.write(
        decodeEventlog(found[path]!)
          .map((entry) => formatter.line(entry))
          .join(''),
      );
    });
  },
};

/** What to say of an eventlog that is not there. */
export function notFound(job: string, path: string): CommandError {
  return new CommandError(path === 'eventlog' ? `job ${job} not found` : `eventlog path ${path} not found`);
}
