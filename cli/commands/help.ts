import { getopt } from '../args/getopt';
import { wrap } from '../args/usage';
import { type Command, type CommandContext, commandTexts, defineCommand, deriveContext, type Output } from '../command';
import { type HelpPage, helpPage } from '../registry';

export { helpEntries } from '../registry';

export default defineCommand({
  name: 'help',
  summary: 'Display help for a command, or the list of commands',
  builtin: true,
  prog: 'flux',
  run: getopt({
    usage: '[OPTIONS...] [COMMAND]',
    async run(ctx, { args: [topic] }) {
      if (topic === undefined || topic === 'flux') {
        ctx.stderr.write(ctx.frontHelp());
        return 0;
      }
      const command = ctx.loadCommand(topic.replace(/^flux-/, ''));
      return command ? show(ctx, await page(ctx, command)) : manual(ctx, topic);
    },
  }),
});

/** The page of a command: its declaration's texts around what its `--help` prints. */
async function page(ctx: CommandContext, command: Command): Promise<string> {
  const texts = helpPage(command);
  const usage = await usageOf(ctx, command);
  const sections = [
    `flux-${command.name}(1)`,
    `NAME\n${indent(`flux-${command.name} - ${texts.description}`)}`,
    `USAGE\n${indent(usage)}`,
    ...(texts.details ? [`DESCRIPTION\n${indent(paragraphs(texts.details))}`] : []),
    ...(texts.examples.length > 0 ? [`EXAMPLES\n${indent(examples(texts))}`] : []),
  ];
  return `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`;
}

async function usageOf(ctx: CommandContext, command: Command): Promise<string> {
  if (command.usage) return `Usage: ${command.usage}`;
  const memory = new MemoryOutput();
  await command.execute(deriveContext(ctx, { ...commandTexts(command), argv: ['--help'], stdout: memory, stderr: memory }));
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

class MemoryOutput implements Output {
  readonly isTTY = false;
  text = '';

  write(data: string | Uint8Array): void {
    this.text += typeof data === 'string' ? data : Buffer.from(data).toString();
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

function examples({ examples: list }: HelpPage): string {
  return list.map(([what, line]) => `${what}\n   $ ${line}`).join('\n\n');
}
