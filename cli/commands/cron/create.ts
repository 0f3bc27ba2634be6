import { type CronCommand, type CronEntry, type CronWhen, createCron } from '../../../core/client/cron';
import { parseDouble } from '../../args/cnumbers';
import type { OptionSpec } from '../../args/options';
import { type CommandContext, CommandError } from '../../command';
import { withFlux } from '../../connect';
import { textVariables } from '../../text';
import { type CronCommandSpec, type CronOptions, duration } from './program';

const MAX_INT = 2 ** 31 - 1;

const name: OptionSpec = { name: 'name', key: 'N', arg: 'STRING', help: 'Set a name for this cron entry' };
const count: OptionSpec = { name: 'count', key: 'c', arg: 'N', help: 'Run N times, then stop' };

/** Options that every sub-command has that creates entries. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'options', key: 'o', arg: 'LIST', help: 'Set comma separated EXTRA OPTIONS: timeout, rank, task-history-count, stop-on-failure' },
  { name: 'preserve-env', key: 'E', help: 'Run with the current environment instead of the broker’s' },
  { name: 'working-dir', key: 'd', arg: 'DIR', help: 'Run in this directory instead of the broker’s' },
];

export const interval: CronCommandSpec = {
  name: 'interval',
  summary: 'Run a command at an interval',
  usage: '[OPTIONS] INTERVAL COMMAND...',
  options: [
    name,
    { name: 'after', key: 'a', arg: 'TIME', help: 'Run the first time after TIME instead of INTERVAL' },
    count,
    ...commonOptions,
  ],
  run: (ctx, options) => {
    const [text, ...words] = options.args;
    if (text === undefined || words.length === 0) throw new CommandError('INTERVAL and COMMAND required');
    const after = options.duration('after');
    const args = { interval: duration(text), ...(after === undefined ? {} : { after }) };
    return createAndSay(ctx, options, { type: 'interval', args }, words);
  },
};

export const event: CronCommandSpec = {
  name: 'event',
  summary: 'Run a command on each event of a topic',
  usage: '[OPTIONS] TOPIC COMMAND...',
  options: [
    name,
    { name: 'nth', key: 'n', arg: 'N', help: 'Run on every Nth event' },
    { name: 'after', key: 'a', arg: 'N', help: 'Run the first time on the Nth event' },
    { name: 'min-interval', key: 'i', arg: 'T', help: 'Let at least T pass between two runs' },
    count,
    ...commonOptions,
  ],
  run: (ctx, options) => {
    const [topic, ...words] = options.args;
    if (topic === undefined || words.length === 0) throw new CommandError('TOPIC and COMMAND args are required');
    const args = defined({ nth: options.int('nth'), after: options.int('after'), min_interval: options.duration('min-interval') });
    return createAndSay(ctx, options, { type: 'event', args: { topic, ...args } }, words);
  },
};

/** The part of a request to create an entry that options say. */
export function cronCommand(ctx: CommandContext, options: CronOptions, words: readonly string[]): CronCommand {
  return {
    name: options.str('name') ?? words[0]!,
    command: words.join(' '),
    ...defined({
      repeat: options.has('count') ? options.int('count') : undefined,
      environ: options.has('preserve-env') ? environmentOf(ctx) : undefined,
      cwd: options.str('working-dir'),
    }),
    ...extraOptions(options.str('options')),
  };
}

async function createAndSay(ctx: CommandContext, options: CronOptions, when: CronWhen, words: readonly string[]): Promise<void> {
  const { id } = await withFlux(ctx, (flux): Promise<CronEntry> => createCron(flux, when, cronCommand(ctx, options, words)));
  ctx.stdout.write(`${options.spec.name}: cron-${id} created\n`);
}

/** The keys that `-o` may set, and whether they are whole numbers. */
const extraKeys: Readonly<Record<string, { whole: boolean }>> = {
  timeout: { whole: false },
  rank: { whole: true },
  'task-history-count': { whole: true },
  'stop-on-failure': { whole: true },
};

/** The value of `-o`: `KEY=N,…`. */
function extraOptions(list: string | undefined): Record<string, number> {
  const pairs = (list?.split(',') ?? []).map((pair): [string, number] => {
    const [key = '', value = ''] = pair.split(/=(.*)/s).map((text) => text.trim());
    if (!Object.hasOwn(extraKeys, key)) throw new CommandError(`Unknown option '${key}': one of ${Object.keys(extraKeys).join(', ')}`);
    const number = parseDouble(value);
    if (number === undefined || !isCount(number, extraKeys[key]!.whole))
      throw new CommandError(`Invalid value '${value}' of option ${key}`);
    return [key, number];
  });
  return Object.fromEntries(pairs);
}

const isCount = (number: number, whole: boolean): boolean =>
  whole ? Number.isInteger(number) && number >= 0 && number <= MAX_INT : Number.isFinite(number) && number >= 0;

function environmentOf(ctx: CommandContext): Record<string, string> {
  return textVariables(ctx.env);
}

/** Without members that have no value. */
function defined<T extends Record<string, unknown>>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
