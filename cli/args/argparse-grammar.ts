import type { Argument, ParserSpec } from './argparse-spec';
import type { Grammar, GrammarOption } from './grammar';

/** The grammar of a command that cli/args/argparse parses. */
export function grammarOfParser(spec: Pick<ParserSpec, 'arguments' | 'subparsers'>): Grammar {
  const help: GrammarOption = { names: ['-h', '--help'], takes: 'nothing', help: 'show this help message and exit' };
  return {
    options: [help, ...spec.arguments.filter(({ flags, hidden }) => flags && !hidden).map(optionOf)],
    subcommands: (spec.subparsers?.parsers ?? []).map((sub) => ({
      name: sub.name,
      help: sub.help ?? '',
      grammar: () => grammarOfParser(sub),
    })),
    permute: !spec.arguments.some(({ nargs }) => nargs === 'rest'),
  };
}

function optionOf({ flags = [], action = 'store', nargs, metavar, choices, help = '' }: Argument): GrammarOption {
  const stores = action === 'store' || action === 'append' || typeof action === 'function';
  return {
    names: flags,
    takes: !stores || nargs === 0 ? 'nothing' : nargs === '?' || nargs === '*' ? 'perhaps a value' : 'a value',
    ...(metavar === undefined ? {} : { metavar }),
    ...(choices === undefined ? {} : { choices }),
    help,
  };
}
