import fs from 'node:fs';
import path from 'node:path';
import { type DrainInfo, type ResourceStatus, Resources } from '../../../core/client/resource';
import { IdSet } from '../../../core/formats/idset';
import type { Namespace } from '../../args/argparse';
import type { CommandContext } from '../../command';
import { connectPython, withFlux } from '../../connect';
import { dateText } from '../../render/pyvalue';
import { hostsOf } from './hosts';
import { printTable, type Row, readFormat } from './table';

const titles = { timestamp: 'TIMESTAMP', ranks: 'RANK', reason: 'REASON', nodelist: 'NODELIST' };
const DRAIN_FORMAT = '{timestamp:<20} {ranks:<8} {reason:<30} {nodelist}';

/** flux resource drain [TARGETS [REASON…]] */
export async function drain(ctx: CommandContext, { targets, reason }: Namespace): Promise<void> {
  await withFlux(
    ctx,
    async (flux) => {
      const resources = new Resources(flux);
      if (typeof targets === 'string') await resources.drain(targets, ((reason as string[] | undefined) ?? []).join(' '));
      else printTable(ctx, readFormat(DRAIN_FORMAT, titles), drainedRows(await resources.status()), { header: true });
    },
    connectPython,
  );
}

/** flux resource undrain TARGETS */
export async function undrain(ctx: CommandContext, { targets }: Namespace): Promise<void> {
  await withFlux(ctx, (flux) => new Resources(flux).undrain(targets as string), connectPython);
}

/** flux resource reload PATH */
export async function reload(ctx: CommandContext, { path: file, xml, force }: Namespace): Promise<void> {
  const options = { xml: Boolean(xml), force: Boolean(force) };
  await withFlux(ctx, (flux) => new Resources(flux).reload(realPath(path.resolve(ctx.cwd, file as string)), options), connectPython);
}

function drainedRows({ R, drain }: ResourceStatus): Row[] {
  return drainEntries(drain).map(({ ranks, timestamp, reason }) => ({
    timestamp: dateText(Number(timestamp), 'T', false),
    ranks: ranks.encode(),
    reason,
    nodelist: hostsOf(R, ranks),
  }));
}

/** Entries of a drain object, lowest rank first. */
export function drainEntries(drain: Record<string, DrainInfo>): (DrainInfo & { ranks: IdSet })[] {
  return Object.entries(drain)
    .map(([ranks, info]) => ({ ...info, ranks: IdSet.parse(ranks) }))
    .sort((a, b) => (a.ranks.first() ?? 0) - (b.ranks.first() ?? 0));
}

/** As realpath(3); a path that does not exist is left to the service to complain of. */
function realPath(file: string): string {
  return fs.existsSync(file) ? fs.realpathSync(file) : file;
}
