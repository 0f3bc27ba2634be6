import { getopt, type Subcommand } from '../args/getopt';
import { defineCommand, failed } from '../command';
import { connectBuiltin, withFlux } from '../connect';

/** flux heaptrace (contract/cli.md §17): the broker's heap profiler, where it has one. */
export default defineCommand({
  name: 'heaptrace',
  summary: 'Control profiling of the local broker’s heap',
  builtin: true,
  prog: 'flux',
  run: getopt({
    subcommands: [
      subcommand('start', 'filename', 'Start heap profiling, to files of this name'),
      subcommand('stop', undefined, 'Stop heap profiling'),
      subcommand('dump', 'reason', 'Write a heap profile now'),
    ],
  }),
});

/** One request; `key` is the name of its one argument. */
function subcommand(name: string, key: string | undefined, summary: string): Subcommand {
  const topic = `heaptrace.${name}`;
  return {
    name,
    summary,
    usage: key === undefined ? '[OPTIONS]' : `[OPTIONS] ${key}`,
    run: async (ctx, opts) => {
      opts.expectArgs(key === undefined ? 0 : 1);
      const payload = key === undefined ? undefined : { [key]: opts.args[0] };
      await withFlux(ctx, (flux) => flux.rpc(topic, payload).catch((e) => Promise.reject(failed(topic, e))), connectBuiltin);
    },
  };
}
