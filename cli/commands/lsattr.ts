import type { Flux } from '../../core/handle/flux';
import { attr } from '../../core/protocol/attr';
import { isErrno } from '../../core/sys/errors';
import { getopt } from '../args/getopt';
import { defineCommand } from '../command';
import { connectBuiltin, withFlux } from '../connect';

/** flux-lsattr(1) */
export default defineCommand({
  name: 'lsattr',
  summary: 'List broker attributes',
  builtin: true,
  run: getopt({
    usage: '[-v]',
    options: [{ name: 'values', key: 'v', help: 'List values with attributes' }],
    run: async (ctx, opts) => {
      opts.expectArgs(0);
      await withFlux(
        ctx,
        async (flux) => {
          const { names } = await flux.call(attr.list);
          const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          const values = opts.has('values') ? await Promise.all(sorted.map((name) => valueText(flux, name))) : undefined;
          ctx.stdout.write(sorted.map((name, i) => (values ? `${name.padEnd(40)}${values[i]}\n` : `${name}\n`)).join(''));
        },
        connectBuiltin,
      );
    },
  }),
});

/** `-` stands for an attribute without a value (and for one removed meanwhile). */
async function valueText(flux: Flux, name: string): Promise<string> {
  try {
    return await flux.getattr(name);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return '-';
    throw e;
  }
}
