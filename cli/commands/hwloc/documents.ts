import os from 'node:os';
import { Resources } from '../../../core/client/resource';
import { IdSet } from '../../../core/formats/idset';
import { resource } from '../../../core/protocol/resource';
import type { Options } from '../../args/getopt';
import { type CommandContext, CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';

/** hwloc XML of this machine (--local), or of the ranks of --rank in ascending order, as they have told it to the resource module. */
export async function topologyDocuments(ctx: CommandContext, opts: Options): Promise<string[]> {
  if (opts.has('local')) return [await localDocument(ctx)];
  return withFlux(ctx, async (flux) => {
    const ranks = targetRanks(ctx, opts.str('rank') ?? 'all', await flux.size());
    const xml = await new Resources(flux).xml().catch((e) => Promise.reject(failedText(resource.getXml.topic, e)));
    return [...ranks].map((rank) => xml[rank] ?? noDocument(rank));
  });
}

async function localDocument(ctx: CommandContext): Promise<string> {
  // Reading the affinity needs native code, which only --local should wait for.
  const { localTopology } = await import('../../../core/resource/local-topology.js');
  return localTopology(ctx.env).toXml(os.hostname());
}

function targetRanks(ctx: CommandContext, text: string, size: number): IdSet {
  if (text === 'all') return IdSet.range(0, size - 1);
  const ranks = parse(text);
  if (ranks.isEmpty) throw new CommandError('Invalid rank set when fetching global XML');
  if (ranks.last()! < size) return ranks;
  ctx.stderr.write(`${ctx.prog}: Invalid rank argument: '${text}'\n`);
  throw new CommandError('failed to get target ranks');
}

function parse(text: string): IdSet {
  try {
    return IdSet.parse(text);
  } catch (e) {
    throw new CommandError('failed to get target ranks', 1, { cause: e });
  }
}

/** After `flux resource reload --xml`, ranks without a file have no topology. */
function noDocument(rank: number): never {
  throw new CommandError(`rank ${rank} has no topology`);
}
