import { Resources, type SchedulerStatus } from '../../../core/client/resource';
import { decodeJsonObject, type JsonObject } from '../../../core/formats/json';
import { Rlist } from '../../../core/resource/rlist';
import type { Namespace } from '../../args/argparse';
import type { CommandContext } from '../../command';
import { connectPython, withFlux } from '../../connect';
import { readStdin } from '../../stdin';
import { printTable, type Row, readFormat, readStates } from './table';

const titles = {
  state: 'STATE',
  nnodes: 'NNODES',
  ncores: 'NCORES',
  ngpus: 'NGPUS',
  ranks: 'RANKS',
  nodelist: 'NODELIST',
  rlist: 'LIST',
};
const FORMAT = '{state:>10} {nnodes:>6} {ncores:>8} {ngpus:>8} {nodelist}';
const FORMAT_WITH_LIST = '{state:>10} {nnodes:>6} {ncores:>8} {ngpus:>8} {rlist}';
const validStates = ['up', 'down', 'allocated', 'free', 'all'];
const defaultStates = ['free', 'allocated', 'down'];

/** flux resource list */
export async function list(ctx: CommandContext, space: Namespace): Promise<void> {
  const states = readStates(space['states'] as string | undefined, validStates, defaultStates);
  const text = (space['format'] as string | undefined) ?? ((space['verbose'] as number) > 0 ? FORMAT_WITH_LIST : FORMAT);
  const table = readFormat(text, titles);
  const answer = await (space['from_stdin']
    ? fromStdin(ctx)
    : withFlux(ctx, (flux) => new Resources(flux).schedulerStatus(), connectPython));
  const sets = setsOf(answer);
  printTable(
    ctx,
    table,
    states.map((state) => rowOf(state, sets[state]!)),
    { header: !space['no_header'] },
  );
}

/** A set that the answer does not have, or has as null, is empty. */
function setsOf(answer: Partial<Record<keyof SchedulerStatus, unknown>>): Readonly<Record<string, Rlist>> {
  const setOf = (r: unknown) => (r === undefined || r === null ? new Rlist() : Rlist.fromR(r));
  const [all, allocated, down] = [setOf(answer.all), setOf(answer.allocated), setOf(answer.down)];
  const up = all.diff(down);
  return { all, allocated, down, up, free: up.diff(allocated) };
}

function rowOf(state: string, set: Rlist): Row {
  return {
    state,
    nnodes: set.count('node'),
    ncores: set.count('core'),
    ngpus: set.count('gpu'),
    ranks: set.ranks().encode(),
    nodelist: set.hosts()?.encode() ?? '',
    rlist: set.dumps(),
  };
}

/** A response that is given on standard input. */
async function fromStdin(ctx: CommandContext): Promise<JsonObject> {
  return decodeJsonObject((await readStdin(ctx)).toString('utf8'));
}
