import type { CronField, CronTime } from '../../../core/client/cron';
import { IdSet } from '../../../core/formats/idset';
import { CommandError } from '../../command';

/** An entry of a crontab, as the cron service takes it: fields of struct tm. */
export interface CrontabEntry {
  args: Partial<Record<CronField, number | string>> & CronTime;
  command: string;
}

interface Field {
  name: string;
  min: number;
  max: number;
  /** Names for values from `min` on; as many letters are needed as tell them apart. */
  names?: readonly string[];
  /** How many different values there are; a range may go round (`fri-mon`). */
  cycle: number;
}

const months = 'january february march april may june july august september october november december'.split(' ');
const weekdays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

/** Fields of a line, in order (crontab(5)): months from 1, and Sunday is 0 and 7. */
const fields = {
  minute: { name: 'minute', min: 0, max: 59, cycle: 60 },
  hour: { name: 'hour', min: 0, max: 23, cycle: 24 },
  mday: { name: 'day of month', min: 1, max: 31, cycle: 31 },
  month: { name: 'month', min: 1, max: 12, names: months, cycle: 12 },
  weekday: { name: 'day of week', min: 0, max: 7, names: weekdays, cycle: 7 },
} as const satisfies Record<string, Field>;

const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The longest that each month gets. */
const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const LINE = /^(@\S*|\S+\s+\S+\s+\S+\s+\S+\s+\S+)\s+(\S.*)$/;
const SETTING = /^[A-Za-z_]\w*\s*=/;
const ELEMENT = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/;

/**
 * The entries of a crontab (crontab(5)), of which `file` is the name. Blank lines and comments are passed over; what follows the last
 * ` #` of a line is a comment too.
 * @throws CommandError `FILE:LINE: …` for a line that is none, or whose date never comes
 */
export function parseCrontab(text: string, file: string): CrontabEntry[] {
  return text.split('\n').flatMap((line, i) => {
    const content = line.trim();
    if (content === '' || content.startsWith('#')) return [];
    try {
      return [parseLine(content.replace(/\s#[^#]*$/, '').trim())];
    } catch (e) {
      if (!(e instanceof CommandError)) throw e;
      throw new CommandError(`${file}:${i + 1}: Failed to process crontab line: ${content}: ${e.message}`, 1, { cause: e });
    }
  });
}

function parseLine(line: string): CrontabEntry {
  if (SETTING.test(line)) throw new CommandError('the environment is set by --preserve-env, or by the command');
  const [, when, command] = LINE.exec(line) ?? [];
  if (when === undefined || command === undefined) throw new CommandError('five fields and a command are needed');
  if (when.startsWith('@') && !Object.hasOwn(nicknames, when)) {
    throw new CommandError(`${when} is none of ${Object.keys(nicknames).join(' ')}`);
  }
  const [minute = '', hour = '', mday = '', month = '', weekday = ''] = (nicknames[when] ?? when).split(/\s+/);
  const either = !mday.startsWith('*') && !weekday.startsWith('*');
  const sets = {
    minute: parseField(fields.minute, minute),
    hour: parseField(fields.hour, hour),
    mday: parseField(fields.mday, mday),
    month: parseField(fields.month, month),
    weekday: parseField(fields.weekday, weekday),
  };
  if (!either && ![...sets.month].some((one) => sets.mday.first()! <= monthDays[one - 1]!)) throw new CommandError('this date never comes');
  return {
    args: {
      second: 0,
      minute: written(sets.minute, fields.minute),
      hour: written(sets.hour, fields.hour),
      mday: written(sets.mday, fields.mday),
      month: written(sets.month, fields.month, -1),
      weekday: written(sets.weekday, fields.weekday),
      ...(either ? { days: 'either' } : {}),
    },
    command,
  };
}

/** The values of a comma list of `*`, `A` and `A-B`, of which the first and the last may have a `/STEP`. */
function parseField(field: Field, text: string): IdSet {
  const set = new IdSet();
  for (const element of text.split(',')) {
    const match = ELEMENT.exec(element);
    if (!match) throw new CommandError(`invalid ${field.name} '${element}'`);
    const [, from, to, stepText] = match;
    const range = from === undefined || to !== undefined;
    const step = Number(stepText ?? 1);
    if (step === 0 || (stepText !== undefined && !range)) throw new CommandError(`invalid step in ${field.name} '${element}'`);
    const first = from === undefined ? field.min : numberOf(field, from);
    const last = from === undefined ? field.min + field.cycle - 1 : to === undefined ? first : numberOf(field, to);
    const end = last < first ? last + field.cycle : last;
    for (let value = first; value <= end; value += step) set.add(((value - field.min) % field.cycle) + field.min);
  }
  return set;
}

function numberOf({ name, min, max, names = [] }: Field, text: string): number {
  const named = names.filter((one) => one.startsWith(text.toLowerCase()));
  const value = named.length === 1 ? names.indexOf(named[0]!) + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new CommandError(`invalid ${name} '${text}'`);
  return value;
}

/** As the service takes it, where months count from 0. */
function written(set: IdSet, { cycle }: Field, shift = 0): string {
  return set.count === cycle ? '*' : IdSet.from([...set].map((value) => value + shift)).encode();
}
