import { IdSet } from '../../../core/formats/idset';
import { overlay } from '../../../core/protocol/overlay';
import { toFluxError } from '../../../core/sys/errors';
import { strerror } from '../../../core/sys/strerror';
import { getopt, type Options } from '../../args/getopt';
import { type CommandContext, CommandError, defineCommand, failedText } from '../../command';
import { withFlux } from '../../connect';
import { status, statusOptions } from './status';
import { Tree } from './tree';

/** flux-overlay (docs/protocol/cli.md §11) */
export default defineCommand({
  name: 'overlay',
  summary: 'Show the overlay network, and take parts out of it',
  builtin: true,
  prog: 'flux-overlay',
  examples: [
    ['The state of every broker', 'flux overlay status'],
    ['Wait until all are there', 'flux overlay status --wait=full --summary'],
    ['The hosts of some ranks', 'flux overlay gethostbyrank 0-3'],
  ],
  run: getopt({
    subcommands: [
      { name: 'status', summary: 'Display overlay subtree health status', options: statusOptions, run: status },
      { name: 'gethostbyrank', usage: '[OPTIONS] IDSET', summary: 'Lookup hostname(s) for rank(s)', run: gethostbyrank },
      { name: 'parentof', usage: '[OPTIONS] RANK', summary: 'Show the parent of RANK', run: parentof },
      {
        name: 'disconnect',
        usage: '[OPTIONS] RANK',
        summary: 'Disconnect a subtree rooted at RANK',
        options: [{ name: 'parent', key: 'r', arg: 'NODEID', help: 'Set the rank of the parent, default: determined from the topology' }],
        run: disconnect,
      },
    ],
  }),
});

async function gethostbyrank(ctx: CommandContext, opts: Options): Promise<void> {
  const [text] = opts.args;
  if (text === undefined) throw new CommandError('IDSET is required');
  opts.expectArgs(1);
  const ranks = parseIdset(text);
  await withFlux(ctx, async (flux) => {
    const tree = await Tree.of(flux);
    ctx.stdout.write(`${tree.hostlist(ranks)}\n`);
  });
}

async function parentof(ctx: CommandContext, opts: Options): Promise<void> {
  const rank = rankArgument(opts);
  await withFlux(ctx, async (flux) => {
    ctx.stdout.write(`${(await Tree.of(flux)).parentOf(rank)}\n`);
  });
}

async function disconnect(ctx: CommandContext, opts: Options): Promise<void> {
  const rank = rankArgument(opts);
  const given = opts.int('parent');
  await withFlux(ctx, async (flux) => {
    const parent = given ?? (await Tree.of(flux)).parentOf(rank);
    ctx.stderr.write(`${ctx.prog}: asking rank ${parent} to disconnect child rank ${rank}\n`);
    const { disconnectSubtree } = overlay;
    await flux.call(disconnectSubtree, { rank }, { nodeid: parent }).catch((e) => Promise.reject(failedText(disconnectSubtree.topic, e)));
  });
}

function rankArgument(opts: Options): number {
  const [text] = opts.args;
  if (text === undefined) throw new CommandError('RANK is required');
  opts.expectArgs(1);
  if (!/^\d+$/.test(text)) throw new CommandError(`${text} is not a valid rank in this instance`);
  return Number(text);
}

function parseIdset(text: string): IdSet {
  try {
    return IdSet.parse(text);
  } catch (e) {
    throw new CommandError(`IDSET could not be decoded: ${strerror(toFluxError(e).errnum)}`);
  }
}
