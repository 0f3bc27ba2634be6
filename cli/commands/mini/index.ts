import { type ParserSpec, parseArgs } from '../../args/argparse';
import { grammarOfParser } from '../../args/argparse-grammar';
import { type CommandContext, defineCommand } from '../../command';
import { mustBeTexts, noJobspec } from '../../text';
import { alloc } from './alloc';
import { argumentsOf } from './arguments';
import { batch } from './batch';
import { bulksubmit } from './bulksubmit';
import { type MiniCommand, type MiniOptions, miniCommands, readOptions } from './options';
import { run } from './run';
import { submit } from './submit';

/** flux-mini(1) */
export default defineCommand({
  name: 'mini',
  takesBytes: () => true,
  summary: 'Submit and run jobs',
  family: 'python',
  grammar: () => grammarOfParser(parser),
  examples: [
    ['Run a command on two nodes and see its output', 'flux mini run -N2 -n2 hostname'],
    ['Submit 100 jobs and wait for them', 'flux mini submit --cc=1-100 --wait ./work.sh {cc}'],
    ['A batch script on 4 slots', 'flux mini batch -n4 script.sh'],
  ],
  run: (ctx) => {
    mustBeTexts(ctx.argv, noJobspec);
    const space = parseArgs(parser, ctx.argv, ctx.env);
    return commands[space['subcommand'] as MiniCommand](ctx, readOptions(space));
  },
});

const commands: Record<MiniCommand, (ctx: CommandContext, options: MiniOptions) => Promise<number>> = {
  run,
  submit,
  bulksubmit,
  batch,
  alloc,
};

const summaries: Record<MiniCommand, string> = {
  run: 'run a job interactively',
  submit: 'enqueue a job',
  bulksubmit: 'enqueue jobs in bulk',
  batch: 'enqueue a batch script',
  alloc: 'allocate a new instance for interactive use',
};

const parser: ParserSpec = {
  prog: 'flux-mini',
  subparsers: {
    dest: 'subcommand',
    required: true,
    title: 'supported subcommands',
    parsers: miniCommands.map((name) => ({ name, help: summaries[name], arguments: argumentsOf(name) })),
  },
  arguments: [],
};
