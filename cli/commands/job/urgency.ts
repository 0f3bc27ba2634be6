import { setJobUrgency } from '../../../core/client/job-control';
import { URGENCY } from '../../../core/client/job-submit';
import { strtol } from '../../args/cnumbers';
import type { Subcommand } from '../../args/getopt';
import { CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';
import { jobIdArgument } from '../../render/jobid';

export const urgency: Subcommand = {
  name: 'urgency',
  usage: '[OPTIONS] id urgency',
  summary: 'Set job urgency (0-31, HOLD, EXPEDITE, DEFAULT)',
  options: [{ name: 'verbose', key: 'v', help: 'Output old urgency value on success' }],
  run: async (ctx, opts) => {
    opts.expectArgs(2);
    const [name = '', text = ''] = opts.args;
    const id = jobIdArgument(name);
    const value = parseUrgency(text);
    await withFlux(ctx, async (flux) => {
      const old = await setJobUrgency(flux, id, value).catch((e) => Promise.reject(failedText(name, e)));
      if (opts.has('verbose')) ctx.stderr.write(`old urgency: ${describe(old)}\n`);
    });
  },
};

function parseUrgency(text: string): number {
  const named = (URGENCY as Readonly<Record<string, number>>)[text.toLowerCase()];
  const value = named ?? strtol(text);
  if (value === undefined) throw new CommandError(`error parsing urgency: "${text}"`);
  return value;
}

function describe(value: number): string {
  if (value === URGENCY.hold) return 'job held';
  return value === URGENCY.expedite ? 'job expedited' : String(value);
}
