import fs from 'node:fs';
import path from 'node:path';
import { type CronEntry, createCron } from '../../../core/client/cron';
import { strftime } from '../../../core/formats/strftime';
import { errorMessage } from '../../../core/sys/errors';
import { localTime } from '../../../core/sys/local-time';
import { spawnProcess } from '../../../core/sys/spawn';
import { shellExitCode } from '../../../core/sys/waitstatus';
import { type CommandContext, CommandError } from '../../command';
import { withFlux } from '../../connect';
import { fixed } from '../../render/floats';
import { readStdin } from '../../stdin';
import { commonOptions, cronCommand } from './create';
import { parseCrontab } from './crontab';
import type { CronCommandSpec, CronOptions } from './program';

export const tab: CronCommandSpec = {
  name: 'tab',
  summary: 'Read lines of a crontab: minute hour mday month weekday COMMAND, or @daily COMMAND',
  usage: '[OPTIONS] [FILE]',
  options: commonOptions,
  notes: [
    'Fields are as in crontab(5): months 1-12, days of the week 0-7 (Sunday is 0 and 7), names, lists, ranges, steps.',
    'If neither day begins with *, one of them is enough. Times are in the local time of the broker.',
    '@hourly @daily @midnight @weekly @monthly @yearly @annually stand for five fields.\n',
  ].join('\n'),
  run: async (ctx, options) => {
    const [file = '-'] = options.args;
    const text = file === '-' ? (await readStdin(ctx)).toString('utf8') : readFile(ctx, file);
    // all are read before one is made
    const entries = parseCrontab(text, file === '-' ? 'stdin' : file);
    await withFlux(ctx, async (flux) => {
      for (const { args, command } of entries) {
        const words = command.split(/\s+/);
        sayScheduled(ctx, options, await createCron(flux, { type: 'datetime', args }, cronCommand(ctx, options, words)));
      }
    });
  },
};

export const at: CronCommandSpec = {
  name: 'at',
  summary: 'Run a command once, at a date and time as date(1) reads it',
  usage: '[OPTIONS] TIME COMMAND...',
  options: commonOptions,
  notes: 'TIME is in the local time of this command.\n',
  run: async (ctx, options) => {
    const [text, ...words] = options.args;
    if (text === undefined || words.length === 0) throw new CommandError('TIME and COMMAND args are required');
    const time = await readTime(ctx, text);
    const { second, minute, hour, day, month, year } = localTime(time);
    // the fields are ours, the broker may be in another zone: it goes by the time
    const args = { second, minute, hour, mday: day, month, year: year - 1900, time };
    const entry = await withFlux(ctx, (flux) =>
      createCron(flux, { type: 'datetime', args }, { ...cronCommand(ctx, options, words), repeat: 1 }),
    );
    sayScheduled(ctx, options, entry);
  },
};

function sayScheduled(ctx: CommandContext, { spec }: CronOptions, { id, stopped, typedata }: CronEntry): void {
  if (stopped) throw new CommandError(`cron-${id}: stopped: this time is past`);
  const next = Number(typedata['next_wakeup']);
  const seconds = Math.max(next - Date.now() / 1000, 0);
  ctx.stdout.write(`${spec.name}: cron-${id} created: scheduled in ${fixed(seconds, 3)}s at ${strftime('%c', next)}\n`);
}

function readFile(ctx: CommandContext, file: string): string {
  try {
    return fs.readFileSync(path.resolve(ctx.cwd, file), 'utf8');
  } catch (e) {
    throw new CommandError(`${file}: ${errorMessage(e)}`, 1, { cause: e });
  }
}

/** Seconds since the epoch. */
async function readTime(ctx: CommandContext, text: string): Promise<number> {
  const child = spawnProcess({ argv: ['date', `--date=${text}`, '+%s'], env: ctx.env, cwd: ctx.cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdio[1]!) chunks.push(chunk as Buffer);
  const { status } = await child.exited;
  if (shellExitCode(status) !== 0) throw new CommandError('Failed to parse datetime arg');
  return Number(Buffer.concat(chunks).toString());
}
