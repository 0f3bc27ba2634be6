import fs from 'node:fs';
import path from 'node:path';
import { type CronEntry, createCron } from '../../../core/client/cron';
import type { Flux } from '../../../core/handle';
import { spawnProcess } from '../../../core/sys/spawn';
import { shellExitCode } from '../../../core/sys/waitstatus';
import { type CommandContext, CommandError } from '../../command';
import { withFlux } from '../../connect';
import { fixed } from '../../render/floats';
import { strftime } from '../../render/strftime';
import { readStdin } from '../../stdin';
import { commonOptions, cronCommand } from './create';
import type { CronCommandSpec, CronOptions } from './program';

const CRONTAB_LINE = /^\s*(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S.*?)\s*$/;

export const tab: CronCommandSpec = {
  name: 'tab',
  summary: 'Read lines of a crontab: minute hour mday month weekday COMMAND',
  usage: '[OPTIONS] [FILE]',
  options: commonOptions,
  run: async (ctx, options) => {
    const [file = '-'] = options.args;
    const text = file === '-' ? (await readStdin(ctx)).toString('utf8') : readFile(ctx, file);
    const lines = text.replace(/\n$/, '').split('\n');
    await withFlux(ctx, async (flux) => {
      // one after the other: those before a bad line stay
      for (const line of text === '' ? [] : lines) await createFromLine(ctx, options, flux, line);
    });
  },
};

export const at: CronCommandSpec = {
  name: 'at',
  summary: 'Run a command once, at a date and time as date(1) reads it',
  usage: '[OPTIONS] TIME COMMAND...',
  options: commonOptions,
  run: async (ctx, options) => {
    const [time, ...words] = options.args;
    if (time === undefined || words.length === 0) throw new CommandError('TIME and COMMAND args are required');
    const date = new Date((await readTime(ctx, time)) * 1000);
    const args = {
      second: date.getSeconds(),
      minute: date.getMinutes(),
      hour: date.getHours(),
      mday: date.getDate(),
      month: date.getMonth(),
      year: date.getFullYear() - 1900,
    };
    const entry = await withFlux(ctx, (flux) =>
      createCron(flux, { type: 'datetime', args }, { ...cronCommand(ctx, options, words), repeat: 1 }),
    );
    sayScheduled(ctx, options, entry);
  },
};

async function createFromLine(ctx: CommandContext, options: CronOptions, flux: Flux, line: string): Promise<void> {
  // a comment ends the line, unless it is all of it
  const match = CRONTAB_LINE.exec(line.replace(/(.)#[^#]*$/, '$1'));
  if (!match) throw new CommandError(`Failed to process crontab line: ${line}`);
  const [, minute, hour, mday, month, weekday, command] = match as unknown as [string, string, string, string, string, string, string];
  const args = { second: 0, minute, hour, mday, month, weekday };
  sayScheduled(ctx, options, await createCron(flux, { type: 'datetime', args }, cronCommand(ctx, options, command.split(/\s+/))));
}

function sayScheduled(ctx: CommandContext, { spec }: CronOptions, { id, stopped, typedata }: CronEntry): void {
  if (stopped) throw new CommandError(`cron-${id}: stopped: this time is past, or more than two years ahead`);
  const next = Number(typedata['next_wakeup']);
  const seconds = Math.max(next - Date.now() / 1000, 0);
  ctx.stdout.write(`${spec.name}: cron-${id} created: scheduled in ${fixed(seconds, 3)}s at ${strftime('%c', next)}\n`);
}

function readFile(ctx: CommandContext, file: string): string {
  try {
    return fs.readFileSync(path.resolve(ctx.cwd, file), 'utf8');
  } catch (e) {
    throw new CommandError(`${file}: ${(e as Error).message}`, 1, { cause: e });
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
