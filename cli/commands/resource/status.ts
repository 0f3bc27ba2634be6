import { type ResourceStatus, Resources } from '../../../core/client/resource';
import { IdSet } from '../../../core/formats/idset';
import { decodeJsonObject } from '../../../core/formats/json';
import { Rlist } from '../../../core/resource/rlist';
import type { Namespace } from '../../args/argparse';
import { type CommandContext, CommandError, CommandExit } from '../../command';
import { connectPython, withFlux } from '../../connect';
import { readStdin } from '../../stdin';
import { drainEntries } from './admin';
import { hostsOf } from './hosts';
import { printTable, type Row, readFormat, readStates } from './table';

const titles = { state: 'STATUS', nnodes: 'NNODES', ranks: 'RANKS', nodelist: 'NODELIST', reason: 'REASON' };
const FORMAT = '{state:>10} {nnodes:>6} {ranks:<15} {nodelist}';
const FORMAT_WITH_REASON = '{state:>10} {nnodes:>6} {ranks:<15} {reason:<25} {nodelist}';
/** In the order in which they are shown. */
const validStates = ['all', 'online', 'avail', 'offline', 'exclude', 'drain'];
const defaultStates = ['avail', 'offline', 'exclude', 'drain'];

/** flux resource status */
export async function status(ctx: CommandContext, space: Namespace): Promise<void> {
  const verbose = space['verbose'] as number;
  const states = statesOf(space['states'] as string | undefined);
  const table = readFormat((space['format'] as string | undefined) ?? (verbose > 1 ? FORMAT_WITH_REASON : FORMAT), titles);
  const answer = await (space['from_stdin'] ? fromStdin(ctx) : withFlux(ctx, (flux) => new Resources(flux).status(), connectPython));
  const withReason = table.format.fields.includes('reason');
  const rows = answer ? validStates.filter((state) => states.includes(state)).flatMap((state) => rowsOf(answer, state, withReason)) : [];
  const shown = verbose > 0 || space['states'] !== undefined ? rows : rows.filter((row) => row['nnodes'] !== 0);
  printTable(ctx, table, shown, { header: !space['no_header'] });
}

function statesOf(text: string | undefined): readonly string[] {
  try {
    return readStates(text, validStates, defaultStates);
  } catch (e) {
    if (!(e instanceof CommandError)) throw e;
    const stderr = `flux-resource: ERROR: ${e.message}\nflux-resource: INFO: valid states: ${validStates.join(',')}\n`;
    throw new CommandExit(1, { stderr });
  }
}

function rowsOf(answer: ResourceStatus, state: string, withReason: boolean): Row[] {
  const row = (ranks: IdSet, reason = ''): Row => ({
    state,
    nnodes: ranks.count,
    ranks: ranks.encode(),
    nodelist: hostsOf(answer.R, ranks),
    reason,
  });
  const drained = drainEntries(answer.drain);
  if (state === 'drain' && withReason && drained.length > 0) return drained.map(({ ranks, reason }) => row(ranks, reason));
  return [row(ranksIn(answer, state))];
}

function ranksIn(answer: ResourceStatus, state: string): IdSet {
  const all = Rlist.fromR(answer.R).ranks();
  const drained = drainEntries(answer.drain).reduce((sum, { ranks }) => sum.addSet(ranks), new IdSet());
  const [online, offline, exclude] = [answer.online, answer.offline, answer.exclude].map((text) => IdSet.parse(text)) as [
    IdSet,
    IdSet,
    IdSet,
  ];
  const sets: Readonly<Record<string, IdSet>> = {
    all,
    online,
    avail: all.difference(offline).difference(drained).difference(exclude),
    offline,
    exclude,
    drain: drained,
  };
  return sets[state]!;
}

/** A response that is given on standard input; none if that is empty. */
async function fromStdin(ctx: CommandContext): Promise<ResourceStatus | undefined> {
  const text = (await readStdin(ctx)).toString('utf8');
  return text.trim() === '' ? undefined : (decodeJsonObject(text) as unknown as ResourceStatus);
}
