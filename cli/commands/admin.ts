import { runat } from '../../core/protocol/runat';
import { type ParserSpec, parseArgs } from '../args/argparse';
import { grammarOfParser } from '../args/argparse-grammar';
import { type CommandContext, defineCommand } from '../command';
import { connectPython, withFlux } from '../connect';
import { readStdin } from '../stdin';

/** flux-admin (docs/protocol/cli.md §12) */
export default defineCommand({
  name: 'admin',
  summary: 'Administrative commands: what a broker runs when it cleans up',
  family: 'python',
  grammar: () => grammarOfParser(parser),
  examples: [
    ['Run a command when the instance ends', 'flux admin cleanup-push flux queue drain'],
    ['Run several, in this order', "printf 'echo one\\necho two\\n' | flux admin cleanup-push"],
  ],
  run: async (ctx) => {
    const { cmdline } = parseArgs(parser, ctx.argv, ctx.env);
    await cleanupPush(ctx, cmdline as string[]);
  },
});

const parser: ParserSpec = {
  prog: 'flux-admin',
  arguments: [],
  subparsers: {
    dest: 'subcommand',
    required: true,
    title: 'subcommands',
    parsers: [
      {
        name: 'cleanup-push',
        help: 'push command(s) to run after completion of initial program, before rc3',
        arguments: [{ dest: 'cmdline', nargs: 'rest', help: 'cleanup command line, default: one per line of standard input' }],
      },
    ],
  },
};

/** What is pushed last runs first, so a block of lines goes in reversed to keep its order. */
async function cleanupPush(ctx: CommandContext, words: string[]): Promise<void> {
  const commands = words.length > 0 ? [words.join(' ')] : linesOf(await readStdin(ctx));
  await withFlux(ctx, (flux) => flux.call(runat.push, { name: 'cleanup', commands: commands.reverse() }), connectPython);
}

function linesOf(input: Buffer): string[] {
  const lines = input.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line) => line.trim());
}
