import { type CommandContext, commandTexts, deriveContext } from '../../command';
import { MemoryOutput } from '../../memory-output';
import type { Candidate, Wanted } from './engine';

/** Makes the candidates of a kind of value; those that don't begin with what is typed are left out by the caller. */
type Source = (ctx: CommandContext, wanted: Wanted) => Promise<Candidate[]> | Candidate[];

/** Where words come from: what our own commands print, a word and what it is in each line. */
const listed =
  (command: string, argv: string[], row: RegExp): Source =>
  async (ctx) => {
    const lines = (await output(ctx, command, argv)).split('\n');
    return lines.flatMap((line) => {
      const [, word, help = ''] = row.exec(line) ?? [];
      return word === undefined ? [] : [{ word, help }];
    });
  };

const activeJobs = listed('jobs', ['-no', '{id}\t{name}'], /^(\S+)\t(.*)$/);
const modules = listed('module', ['list'], /^(?!Module )(\S+)/);
const attributes = listed('lsattr', [], /^(\S+)/);
const commands: Source = (ctx, { before }) => {
  if (before.length === 0) return ctx.frontCommands().map(({ name, summary }) => ({ word: name, help: summary }));
  const grammar = before.length === 1 ? ctx.loadCommand(before[0]!)?.grammar?.() : undefined;
  return (grammar?.subcommands ?? []).map(({ name, help }) => ({ word: name, help }));
};
const words =
  (...list: string[]): Source =>
  () =>
    list.map((word) => ({ word, help: '' }));

/** Free arguments that are no files, by the names of the command: the first one, or all. */
const arguments_: Readonly<Record<string, { each?: boolean; source: Source }>> = {
  help: { each: true, source: commands },
  completion: { source: words('bash', 'zsh') },
  getattr: { source: attributes },
  setattr: { source: attributes },
  jobs: { each: true, source: activeJobs },
  'module remove': { each: true, source: modules },
  'module reload': { source: modules },
  'module stats': { source: modules },
  'module debug': { source: modules },
  ...Object.fromEntries(
    ['attach', 'cancel', 'raise', 'kill', 'urgency', 'wait-event', 'wait', 'status', 'eventlog', 'info', 'memo', 'namespace', 'id'].map(
      (name) => [`job ${name}`, { source: activeJobs }],
    ),
  ),
};

/** The words that the value can be; undefined: files, as the shell completes them. */
export async function valuesOf(ctx: CommandContext, wanted: Wanted): Promise<Candidate[] | undefined> {
  const { path, option, before, prefix, typed } = wanted;
  if (option) return /FILE|PATH|DIR|SCRIPT/.test(option.metavar ?? '') ? undefined : [];
  const known = arguments_[path];
  if (!known) return undefined;
  if (before.length > 0 && !known.each) return [];
  const found = await known.source(ctx, wanted);
  return found.filter(({ word }) => word.startsWith(typed)).map(({ word, help }) => ({ word: prefix + word, help }));
}

/** What a command prints; what it says of errors is dropped with it: there are no candidates then. */
async function output(ctx: CommandContext, name: string, argv: string[]): Promise<string> {
  const command = ctx.loadCommand(name);
  if (!command) return '';
  const stdout = new MemoryOutput();
  await command.execute(deriveContext(ctx, { ...commandTexts(command), argv, stdout, stderr: new MemoryOutput() }));
  return stdout.text;
}
