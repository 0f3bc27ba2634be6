import { attr } from '../../core/protocol/attr';
import { getopt } from '../args/getopt';
import { defineCommand, failed } from '../command';
import { connectBuiltin, withFlux } from '../connect';

/** flux-setattr(1) */
export default defineCommand({
  name: 'setattr',
  summary: 'Set or remove a broker attribute',
  builtin: true,
  examples: [
    ['Log errors only on stderr', 'flux setattr log-stderr-level 3'],
    ['Remove an attribute', 'flux setattr --expunge foo'],
  ],
  run: getopt({
    usage: 'name value',
    options: [{ name: 'expunge', key: 'e', help: 'Remove the attribute' }],
    run: async (ctx, opts) => {
      const expunge = opts.has('expunge');
      opts.expectArgs(expunge ? 1 : 2);
      const [name, value] = opts.args as [string, string];
      await withFlux(
        ctx,
        async (flux) => {
          const change = expunge ? flux.call(attr.rm, { name }) : flux.setattr(name, value);
          await change.catch((e) => Promise.reject(failed('flux_attr_set', e)));
        },
        connectBuiltin,
      );
    },
  }),
});
