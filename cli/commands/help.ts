import { getopt } from '../args/getopt';
import { wrap } from '../args/usage';
import { type Command, type CommandContext, CommandError, commandTexts, defineCommand, deriveContext } from '../command';
import { MemoryOutput } from '../memory-output';
import { helpPage } from '../registry';

export { helpEntries } from '../registry';

export default defineCommand({
  name: 'help',
  summary: 'Display help for a command, or the list of commands',
  builtin: true,
  prog: 'flux',
  examples: [
    ['All of a command', 'flux help mini'],
    ['One of its sub-commands', 'flux help mini run'],
  ],
  run: getopt({
    usage: '[OPTIONS...] [COMMAND [SUBCOMMAND]]',
    async run(ctx, { args: [topic, sub] }) {
      if (topic === undefined || topic === 'flux') {
        ctx.stderr.write(ctx.frontHelp());
        return 0;
      }
      const name = topic.replace(/^flux-/, '');
      const command = ctx.loadCommand(name);
      if (!command) return programs.has(name) ? ctx.exec(`flux-${name}`, [name, '--help'], execPath(ctx)) : manual(ctx, topic);
      if (sub !== undefined && !subcommandsOf(command).includes(sub)) throw new CommandError(`flux ${name} has no sub-command ${sub}`);
      return show(ctx, await page(ctx, command, sub));
    },
  }),
});

/** Programs that are no commands of the front end, but have a page in the manual: they explain themselves. */
const programs = new Set(['broker', 'shell']);

/** The environment in which a program is looked for where `flux NAME` looks for it. */
const execPath = ({ env }: CommandContext) => ({ ...env, PATH: `${env['FLUX_EXEC_PATH'] ?? ''}:${env['PATH'] ?? ''}` });

/** The page of a command: its declaration's texts around what its `--help` prints; with all of its sub-commands, or with one. */
async function page(ctx: CommandContext, command: Command, sub: string | undefined): Promise<string> {
  const full = `flux-${command.name}`;
  const texts = helpPage(command);
  const subcommands = sub === undefined ? subcommandsOf(command) : [];
  const sections = [
    `${full}(1)`,
    `NAME\n${indent(`${full} - ${texts.description}`)}`,
    `USAGE\n${indent(await usageOf(ctx, command, sub))}`,
    ...(texts.details ? [`DESCRIPTION\n${indent(paragraphs(texts.details))}`] : []),
  ];
  for (const name of subcommands) sections.push(`${full} ${name}\n${indent(await usageOf(ctx, command, name))}`);
  if (texts.examples.length > 0) sections.push(`EXAMPLES\n${indent(examples(texts.examples))}`);
  return `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`;
}

const subcommandsOf = (command: Command) => command.grammar?.().subcommands.map(({ name }) => name) ?? [];

/** What `--help` of the command, or of its sub-command, prints. */
async function usageOf(ctx: CommandContext, command: Command, sub: string | undefined): Promise<string> {
  if (command.usage) return `Usage: ${command.usage}`;
  const memory = new MemoryOutput();
  const argv = [...(sub === undefined ? [] : [sub]), '--help'];
  await command.execute(deriveContext(ctx, { ...commandTexts(command), argv, stdout: memory, stderr: memory }));
  return memory.text;
}

/** Writes to a terminal through the pager, else directly. */
async function show(ctx: CommandContext, text: string): Promise<number> {
  if (!ctx.stdout.isTTY) {
    ctx.stdout.write(text);
    return 0;
  }
  const { pageText } = await import('../front/pager.js');
  return pageText(ctx, text);
}

/** What is no command of ours may have a manual page all the same (commands of a site, library functions). */
async function manual(ctx: CommandContext, topic: string): Promise<number> {
  const name = topic.startsWith('flux') ? topic : `flux-${topic}`;
  try {
    return await ctx.exec('man', ['man', name]);
  } catch {
    ctx.stderr.write(`flux: no command and no manual page ${name}\n`);
    return 16;
  }
}

const indent = (text: string) => text.replace(/^(?=.)/gm, '   ');

function paragraphs(text: string): string {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => wrap(paragraph, 76).join('\n'))
    .join('\n\n');
}

function examples(list: [string, string][]): string {
  return list.map(([what, line]) => `${what}\n   $ ${line}`).join('\n\n');
}
