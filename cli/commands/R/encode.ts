import fs from 'node:fs/promises';
import os from 'node:os';
import { rlistOfHwlocXml } from '../../../core/resource/hwloc-xml';
import { encodeCommand } from '../../../core/resource/r-command';
import type { Rlist } from '../../../core/resource/rlist';
import { errorText } from '../../../core/sys/errors';
import type { Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError } from '../../command';
import { readStdin } from '../../stdin';

/** flux R encode */
export const encode: Subcommand = {
  name: 'encode',
  usage: '[OPTIONS]',
  summary: 'Make an R object of ranks, hosts, cores and gpus',
  options: [
    { name: 'ranks', key: 'r', arg: 'IDSET', help: 'Target ranks in IDSET' },
    { name: 'cores', key: 'c', arg: 'IDS', help: 'Assign cores to each rank' },
    { name: 'gpus', key: 'g', arg: 'IDS', help: 'Assign gpus to each rank' },
    { name: 'hosts', key: 'H', arg: 'HOSTS', help: 'Hosts of the ranks' },
    { name: 'local', key: 'l', help: 'Generate R from the topology of this machine' },
    { name: 'xml', key: 'f', arg: 'FILE', help: 'Generate R from an hwloc XML FILE' },
  ],
  run: async (ctx, opts) => {
    const text = (name: string) => (opts.has(name) ? { [name]: opts.str(name)! } : {});
    const found = await foundSet(ctx, opts);
    const options = { ...text('ranks'), ...text('cores'), ...text('gpus'), ...text('hosts'), ...(found ? { found } : {}) };
    ctx.stdout.write(`${encodeCommand(options, os.hostname()).encode()}\n`);
  },
};

/** The resources of --local or --xml. */
async function foundSet(ctx: CommandContext, opts: Options): Promise<Rlist | undefined> {
  if (opts.has('local')) {
    // Reading the affinity needs native code, which no other subcommand has to wait for.
    const { localTopology } = await import('../../../core/resource/local-topology.js');
    const { topology, gpus, hostname = os.hostname() } = localTopology(ctx.env);
    return topology.toRlist(0, hostname, gpus);
  }
  const file = opts.str('xml');
  if (file === undefined) return undefined;
  try {
    return rlistOfHwlocXml(file === '-' ? (await readStdin(ctx)).toString('utf8') : await fs.readFile(file, 'utf8'), 0);
  } catch (e) {
    throw new CommandError(`${file}: ${errorText(e)}`);
  }
}
