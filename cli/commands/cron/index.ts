import { errorText, FluxError } from '../../../core/sys/errors';
import { strerror } from '../../../core/sys/strerror';
import { grammarOfProgram } from '../../args/getopt';
import { type CommandContext, CommandExit, defineCommand } from '../../command';
import { remove, start, stop, sync } from './control';
import { event, interval } from './create';
import { type CronCommandSpec, parse, usageOf } from './program';
import { dump, list } from './show';
import { at, tab } from './times';

const help: CronCommandSpec = {
  name: 'help',
  summary: 'Show how a command is used',
  usage: '[COMMAND]',
  run: (ctx, { args: [name] }) => {
    ctx.stderr.write(name === undefined ? usage(ctx) : usageOf(ctx, find(ctx, name)));
  },
};

const commands: readonly CronCommandSpec[] = [help, interval, event, tab, at, list, stop, start, remove, dump, sync];

/** flux-cron(1) */
export default defineCommand({
  name: 'cron',
  summary: 'Run commands at times, after intervals, and on events',
  examples: [
    ['Look at the nodes every ten minutes', 'flux cron interval 10m flux exec -r all uptime'],
    ['Run a script at night', "echo '30 2 * * * /usr/local/bin/nightly' | flux cron tab"],
    ['Run something once', "flux cron at 'now + 1 hour' flux queue start"],
  ],
  grammar: () => grammarOfProgram({ subcommands: commands }),
  run: async (ctx) => {
    const [name, ...argv] = ctx.argv;
    if (name === undefined) throw new CommandExit(1, { stdout: 'cron: required COMMAND missing\n', stderr: usage(ctx) });
    if (name === '-h' || name === '--help') throw new CommandExit(0, { stderr: usage(ctx) });
    const command = find(ctx, name);
    try {
      await command.run(ctx, parse(ctx, command, argv));
    } catch (e) {
      if (e instanceof CommandExit) throw e;
      const text = e instanceof FluxError ? strerror(e.errnum) : errorText(e);
      throw new CommandExit(1, { stderr: `${ctx.prog} ${name}: ${text}\n` });
    }
  },
});

function find(ctx: CommandContext, name: string): CronCommandSpec {
  if (name.startsWith('-')) throw new CommandExit(1, { stderr: `Unknown option \`${name}'\n` });
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) throw new CommandExit(1, { stderr: `${ctx.prog}: Unknown COMMAND \`${name}'\n` });
  return command;
}

function usage(ctx: CommandContext): string {
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}\n`).join('');
  return `Usage: ${ctx.full} COMMAND [OPTIONS]\n${rows}`;
}
