import { brokerConfig } from '../../core/protocol/config';
import { getopt } from '../args/getopt';
import { defineCommand, failedText } from '../command';
import { withFlux } from '../connect';

/** flux-config(1) */
export default defineCommand({
  name: 'config',
  summary: 'Read the configuration again',
  builtin: true,
  run: getopt({
    subcommands: [
      {
        name: 'reload',
        summary: 'Reload broker configuration from files',
        run: async (ctx, opts) => {
          opts.expectArgs(0);
          await withFlux(ctx, async (flux) => {
            await flux.call(brokerConfig.reload).catch((e) => Promise.reject(failedText('reload', e)));
          });
        },
      },
    ],
  }),
});
