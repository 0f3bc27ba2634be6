import { getopt } from '../../args/getopt';
import { defineCommand } from '../../command';
import { mustBeTexts } from '../../text';
import { becomeBroker, brokerPath } from './broker';
import { LocalInstance } from './instance';
import { checkOptions, startOptions } from './options';

/** flux-start(1) */
export default defineCommand({
  name: 'start',
  takesBytes: () => true,
  summary: 'Start a Flux instance',
  examples: [
    ['An instance of one broker, with a shell in it', 'flux start'],
    ['Four brokers on this machine, and a job on all of them', 'flux start -s4 flux mini run -N4 hostname'],
  ],
  run: getopt({
    usage: '[OPTIONS] command ...',
    column: 32,
    options: startOptions,
    run: async (ctx, opts) => {
      mustBeTexts(ctx.argv.slice(0, ctx.argv.length - opts.args.length)); // the command's own words go on as they are
      const plan = checkOptions(ctx, opts, brokerPath(ctx));
      return plan.size === undefined ? becomeBroker(ctx, plan) : new LocalInstance(ctx, { ...plan, size: plan.size }).run();
    },
  }),
});
