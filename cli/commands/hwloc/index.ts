import { getopt, type OptionSpec } from '../../args/getopt';
import { defineCommand } from '../../command';
import { topologyDocuments } from './documents';
import { summary } from './summary';

const options: OptionSpec[] = [
  { name: 'local', key: 'l', help: 'Take the topology of this machine, without an instance' },
  { name: 'rank', key: 'r', arg: 'NODESET', help: 'Target ranks, or "all" (the default)' },
];

/** flux-hwloc(1), docs/protocol/resource-sched.md §8.3. */
export default defineCommand({
  name: 'hwloc',
  summary: 'Show the hardware topologies of an instance',
  builtin: true,
  prog: 'flux-hwloc',
  examples: [
    ['What the machines of the instance have in all', 'flux hwloc info'],
    ['What two of its ranks have', 'flux hwloc info -r 0,3'],
    ['Draw the topology of a rank', 'flux hwloc topology -r 3 | lstopo-no-graphics --if xml -i -'],
  ],
  run: getopt({
    subcommands: [
      {
        name: 'topology',
        summary: 'Print hwloc XML, a document for each rank',
        options,
        run: async (ctx, opts) => {
          opts.expectArgs(0);
          for (const xml of await topologyDocuments(ctx, opts)) ctx.stdout.write(`${xml}\n`);
        },
      },
      {
        name: 'info',
        summary: 'Print a short-form summary of the number of Machines, Cores and PUs',
        options,
        run: async (ctx, opts) => {
          opts.expectArgs(0);
          ctx.stdout.write(`${summary(await topologyDocuments(ctx, opts))}\n`);
        },
      },
    ],
  }),
});
