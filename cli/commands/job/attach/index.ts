import { FluxError } from '../../../../core/sys/errors';
import type { Subcommand } from '../../../args/getopt';
import { failed } from '../../../command';
import { withFlux } from '../../../connect';
import { jobIdArgument } from '../../../render/jobid';
import { checkDebuggable } from './debug';
import { AttachSession } from './session';

/** `flux job attach` (docs/protocol/job-info-list.md §8): a job's events, output and input, until it ends. */
export const attach: Subcommand = {
  name: 'attach',
  usage: '[OPTIONS] id',
  summary: 'Interactively attach to job',
  options: [
    { name: 'show-events', key: 'E', help: 'Show job events on stderr' },
    { name: 'show-exec', key: 'X', help: 'Show exec events on stderr' },
    { name: 'label-io', key: 'l', help: 'Label output by rank' },
    { name: 'verbose', key: 'v', help: 'Increase verbosity' },
    { name: 'quiet', key: 'q', help: 'Suppress warnings written to stderr from flux-job' },
    { name: 'read-only', key: 'r', help: 'Disable reading stdin and capturing signals' },
    { name: 'debug', help: 'Enable parallel debugger to attach to a running job' },
    { name: 'from-start', hidden: true, help: 'The job was submitted to be attached to' },
    { name: 'debug-emulate', hidden: true, help: 'As --debug, without a debugger' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(1);
    const [name = ''] = opts.args;
    const id = jobIdArgument(name);
    const emulate = opts.has('debug-emulate');
    const debug = opts.has('debug') || emulate;
    return withFlux(ctx, async (flux) => {
      if (debug) await checkDebuggable(flux, id, name);
      if (debug && opts.count('verbose') > 1) ctx.stderr.write(`${ctx.prog}: totalview_jobid=${id}\n`);
      const session = new AttachSession(ctx, flux, id, {
        name,
        showEvents: opts.has('show-events'),
        showExec: opts.has('show-exec'),
        labelIo: opts.has('label-io'),
        verbose: opts.has('verbose'),
        quiet: opts.has('quiet'),
        fromStart: opts.has('from-start'),
        readOnly: opts.has('read-only'),
        debug: debug ? { emulate } : undefined,
      });
      try {
        return await session.run();
      } catch (e) {
        throw e instanceof FluxError ? failed('flux_job_event_watch_get', e) : e;
      }
    });
  },
};
