import { getopt } from '../args/getopt';
import { defineCommand, failed } from '../command';
import { connectBuiltin, withFlux } from '../connect';

/** flux-getattr(1) */
export default defineCommand({
  name: 'getattr',
  summary: 'Print a broker attribute',
  builtin: true,
  examples: [['The rank of the local broker', 'flux getattr rank']],
  run: getopt({
    usage: 'name',
    run: async (ctx, opts) => {
      opts.expectArgs(1);
      const name = opts.args[0]!;
      await withFlux(
        ctx,
        async (flux) => {
          const value = await flux.getattr(name).catch((e) => Promise.reject(failed(name, e)));
          ctx.stdout.write(`${value}\n`);
        },
        connectBuiltin,
      );
    },
  }),
});
