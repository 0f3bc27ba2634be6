import {
  disableSubmission,
  enableSubmission,
  type SchedulingStatus,
  type SubmissionStatus,
  schedulingStatus,
  startScheduling,
  stopScheduling,
  submissionStatus,
} from '../../../core/client/queue';
import type { OptionSpec, Subcommand } from '../../args/getopt';
import type { CommandContext } from '../../command';
import { CommandError } from '../../command';
import { withFlux } from '../../connect';
import { naming } from './naming';

const verbose: OptionSpec = { name: 'verbose', key: 'v', help: 'Display more detail about internal job manager state' };
const quiet: OptionSpec = { name: 'quiet', key: 'q', help: 'Display only errors' };

export const enable: Subcommand = {
  name: 'enable',
  summary: 'Enable job submission',
  run: (ctx, opts) => {
    opts.expectArgs(0);
    return withFlux(ctx, async (flux) => showSubmission(ctx, await naming('submit-admin', enableSubmission(flux))));
  },
};

export const disable: Subcommand = {
  name: 'disable',
  summary: 'Disable job submission',
  usage: '[OPTIONS] reason ...',
  run: (ctx, { args }) => {
    if (args.length === 0) throw new CommandError('submit: reason is required for disable');
    return withFlux(ctx, async (flux) => showSubmission(ctx, await naming('submit-admin', disableSubmission(flux, args.join(' ')))));
  },
};

export const start: Subcommand = {
  name: 'start',
  summary: 'Start scheduling',
  options: [verbose, quiet],
  run: (ctx, opts) => {
    opts.expectArgs(0);
    return withFlux(ctx, async (flux) => {
      const scheduling = await naming('alloc-admin', startScheduling(flux));
      if (!opts.has('quiet')) showScheduling(ctx, scheduling, opts.has('verbose'));
    });
  },
};

export const stop: Subcommand = {
  name: 'stop',
  summary: 'Stop scheduling',
  usage: '[OPTIONS] [reason ...]',
  options: [verbose, quiet],
  run: (ctx, opts) =>
    withFlux(ctx, async (flux) => {
      const scheduling = await naming('alloc-admin', stopScheduling(flux, opts.args.join(' ')));
      if (!opts.has('quiet')) showScheduling(ctx, scheduling, opts.has('verbose'));
    }),
};

export const status: Subcommand = {
  name: 'status',
  summary: 'Get queue status',
  options: [verbose],
  run: (ctx, opts) => {
    opts.expectArgs(0);
    return withFlux(ctx, async (flux) => {
      showSubmission(ctx, await naming('submit-admin', submissionStatus(flux)));
      showScheduling(ctx, await naming('alloc-admin', schedulingStatus(flux)), opts.has('verbose'));
    });
  },
};

function showSubmission(ctx: CommandContext, { enable, reason }: SubmissionStatus): void {
  say(ctx, enable ? 'Job submission is enabled' : `Job submission is disabled: ${reason}`);
}

function showScheduling(ctx: CommandContext, scheduling: SchedulingStatus, verbose: boolean): void {
  const { enable, reason, queue_length, alloc_pending, free_pending, running } = scheduling;
  say(ctx, enable ? 'Scheduling is enabled' : `Scheduling is disabled${reason ? `: ${reason}` : ''}`);
  if (!verbose) return;
  say(ctx, `${queue_length} alloc requests queued`);
  say(ctx, `${alloc_pending} alloc requests pending to scheduler`);
  say(ctx, `${free_pending} free requests pending to scheduler`);
  say(ctx, `${running} running jobs`);
}

const say = (ctx: CommandContext, text: string) => ctx.stderr.write(`${ctx.prog}: ${text}\n`);
