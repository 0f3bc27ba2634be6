import type { Flux } from '../../core/handle/flux';
import { heaptrace } from '../../core/protocol/heaptrace';
import { getopt, type Subcommand } from '../args/getopt';
import { defineCommand, failed } from '../command';
import { connectBuiltin, withFlux } from '../connect';

const { start, stop, dump } = heaptrace;

/** flux heaptrace (docs/protocol/cli.md §17): the broker's heap profiler, where it has one. */
export default defineCommand({
  name: 'heaptrace',
  summary: 'Control profiling of the local broker’s heap',
  builtin: true,
  prog: 'flux',
  run: getopt({
    subcommands: [
      subcommand('start', 'filename', 'Start heap profiling, to files of this name', (flux, filename) => flux.call(start, { filename })),
      subcommand('stop', undefined, 'Stop heap profiling', (flux) => flux.call(stop)),
      subcommand('dump', 'reason', 'Write a heap profile now', (flux, reason) => flux.call(dump, { reason })),
    ],
  }),
});

/** One request; `key` is the name of its one argument. */
function subcommand(
  name: 'start' | 'stop' | 'dump',
  key: string | undefined,
  summary: string,
  ask: (flux: Flux, argument: string) => Promise<unknown>,
): Subcommand {
  return {
    name,
    summary,
    usage: key === undefined ? '[OPTIONS]' : `[OPTIONS] ${key}`,
    run: async (ctx, opts) => {
      opts.expectArgs(key === undefined ? 0 : 1);
      const asked = (flux: Flux) => ask(flux, opts.args[0]!).catch((e) => Promise.reject(failed(heaptrace[name].topic, e)));
      await withFlux(ctx, asked, connectBuiltin);
    },
  };
}
