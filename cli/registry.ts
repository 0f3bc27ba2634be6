import { Cli, Command as ClipanionCommand, Option } from 'clipanion';
import type { Command } from './command';

/** A command as `flux help` lists it (docs/protocol/cli.md §2.1). */
export interface HelpEntry {
  category: string;
  command: string;
  description: string;
}

/** What is known about one command: its declaration's texts, laid out. */
export interface HelpPage {
  category: string;
  description: string;
  details: string;
  examples: [string, string][];
}

/** The commands in a clipanion registry. It only registers: arguments are parsed by cli/args, in the shapes that the contract asks for. */
export function commandRegistry(commands: readonly Command[]): Cli {
  const cli = new Cli({ binaryName: 'flux', binaryLabel: 'Flux', enableColors: false });
  for (const command of commands) cli.register(registered(command));
  return cli;
}

/** The list of commands, by category and name; those of category `hidden` are left out. */
export function helpEntries(commands: readonly Command[]): HelpEntry[] {
  const entries = commandRegistry(commands.filter((command) => command.category !== 'hidden'))
    .definitions()
    .map((definition) => ({
      category: (definition.category ?? 'core').trim(),
      command: definition.path.slice('flux '.length),
      description: (definition.description ?? '').trim(),
    }));
  return entries.sort((a, b) => compare(a.category, b.category) || compare(a.command, b.command));
}

/** The page of one command. */
export function helpPage(command: Command): HelpPage {
  const [definition] = commandRegistry([command]).definitions();
  return {
    category: (definition?.category ?? 'core').trim(),
    description: (definition?.description ?? '').trim(),
    details: definition?.details ?? '',
    examples: definition?.examples ?? [],
  };
}

function registered(command: Command) {
  return class extends ClipanionCommand {
    static override paths = [[command.name]];
    static override usage = ClipanionCommand.Usage({
      category: command.category ?? 'core',
      description: command.summary,
      ...(command.details ? { details: command.details } : {}),
      ...(command.examples ? { examples: command.examples } : {}),
    });
    args = Option.Proxy();

    async execute(): Promise<number> {
      throw new Error(`flux ${command.name} is run by the front end`);
    }
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
