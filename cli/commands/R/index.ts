import {
  appendCommand,
  decodeCommand,
  diffCommand,
  intersectCommand,
  readRlists,
  remapCommand,
  rerankCommand,
  verifyCommand,
} from '../../../core/resource/r-command';
import type { Rlist } from '../../../core/resource/rlist';
import { getopt, type Options, type Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, defineCommand } from '../../command';
import { readStdin } from '../../stdin';
import { encode } from './encode';

const readSets = async (ctx: CommandContext): Promise<Rlist[]> => readRlists((await readStdin(ctx)).toString('utf8'));

/** A subcommand without options that makes one set of those on standard input. */
function combining(name: string, summary: string, combine: (lists: Rlist[], opts: Options) => Rlist, usage = ''): Subcommand {
  return {
    name,
    summary,
    usage,
    run: async (ctx, opts) => ctx.stdout.write(`${combine(await readSets(ctx), opts).encode()}\n`),
  };
}

const decode: Subcommand = {
  name: 'decode',
  usage: '[OPTIONS]',
  summary: 'Union R objects, and print the result or what is asked of it',
  options: [
    { name: 'short', key: 's', help: 'Print short-form list of resources' },
    { name: 'nodelist', key: 'n', help: 'Print nodelist, if any' },
    { name: 'ranks', key: 'r', help: 'Print list of ranks' },
    { name: 'count', key: 'c', arg: 'TYPE', help: 'Print count of resource TYPE (node, core, gpu)' },
    { name: 'include', key: 'i', arg: 'RANKS', help: 'Include only specified ranks' },
    { name: 'exclude', key: 'x', arg: 'RANKS', help: 'Exclude specified ranks' },
  ],
  run: async (ctx, opts) => {
    const text = (name: string) => (opts.has(name) ? { [name]: opts.str(name)! } : {});
    const [short, nodelist, ranks] = [opts.has('short'), opts.has('nodelist'), opts.has('ranks')];
    const options = { short, nodelist, ranks, ...text('count'), ...text('include'), ...text('exclude') };
    ctx.stdout.write(decodeCommand(await readSets(ctx), options));
  },
};

const verify: Subcommand = {
  name: 'verify',
  usage: '[OPTIONS]',
  summary: 'Compare the R of one rank, the second on standard input, with the expected one, the first',
  run: async (ctx) => {
    const { rc, text } = verifyCommand(await readSets(ctx));
    if (text !== '') ctx.stderr.write(`${ctx.prog}: ${text}\n`);
    return rc < 0 ? 1 : 0;
  },
};

const rerank = combining(
  'rerank',
  'Give each host of a hostlist its place there as rank',
  (lists, opts) => {
    if (opts.args.length !== 1) throw new CommandError('Must provide a hostlist for re-ranking');
    return rerankCommand(lists, opts.args[0]!);
  },
  'HOSTLIST',
);

/** flux-R(1), docs/protocol/resource-sched.md §8.2. */
export default defineCommand({
  name: 'R',
  summary: 'Read, make and combine resource sets (R, RFC 20)',
  examples: [
    ['Make a set of four nodes', "flux R encode --ranks=0-3 --cores=0-7 --hosts='node[0-3]'"],
    ['Show what a job has', 'flux job info $ID R | flux R decode --short'],
    ['Take one set from another', 'cat all.json some.json | flux R diff'],
  ],
  run: getopt({
    usage: '[OPTIONS] COMMAND ARGS',
    silent: 'both',
    heading: 'Common commands from flux-R:',
    subcommands: [
      encode,
      combining('append', 'Append R objects; they must not overlap', appendCommand),
      combining('diff', 'Take from the first R what the others have', diffCommand),
      combining('intersect', 'What all R objects have', intersectCommand),
      combining('remap', 'Union R objects, and number ranks and ids from 0', remapCommand),
      rerank,
      decode,
      verify,
    ],
  }),
});
