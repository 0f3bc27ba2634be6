import { createRequire } from 'node:module';
import type * as Chrono from 'chrono-node';

/**
 * A point in time in words, in local time, as seconds since the epoch; undefined if it says none (flux-mini(1) --begin-time; the readings are
 * those of golden/cli.json parse_datetime). A day without a time keeps the time of day of `now`, except for words that mean a whole day or
 * more (`tomorrow`, `next week`, `this friday`), which begin at midnight. Words nobody knows are passed over.
 */
export function parseDatetime(text: string, now: Date): number | undefined {
  const reading = new Reading(now);
  let rest = ` ${text.trim().toLowerCase()} `;
  const before = wordLength(rest);
  for (const [pattern, apply] of phrases) {
    rest = rest.replace(pattern, (whole, ...groups) => (apply(reading, groups) === false ? whole : ' '));
    if (reading.invalid) return undefined;
  }
  const understood = before - wordLength(rest);
  const other = wordLength(rest) > 0 && understood !== before ? chronoReading(text, now) : undefined;
  if (other && other.length > understood) return other.seconds;
  return understood > 0 ? reading.seconds() : undefined;
}

/** What the phrases have said so far. */
class Reading {
  readonly now: Date;
  /** Midnight of the day meant. */
  day: Date | undefined;
  /** The day was named by a word that means its beginning. */
  fromMidnight = false;
  /** Seconds since midnight. */
  time: number | undefined;
  /** Milliseconds and months to be added. */
  offset = 0;
  months = 0;
  invalid = false;

  constructor(now: Date) {
    this.now = now;
  }

  setDay(year: number, month: number, day: number, fromMidnight = false): void {
    const date = new Date(year, month, day);
    if (date.getMonth() !== ((month % 12) + 12) % 12) this.invalid = true;
    this.day = date;
    this.fromMidnight = fromMidnight;
  }

  /** A day so many days from today. */
  setRelative(days: number, fromMidnight: boolean): void {
    this.day = new Date(this.now.getFullYear(), this.now.getMonth(), this.now.getDate() + days);
    this.fromMidnight = fromMidnight;
  }

  setTonight(): void {
    this.setRelative(0, true);
    this.setTime(21);
  }

  setTime(hour: number, minute = 0, second = 0): boolean {
    if (hour > 23 || minute > 59 || second > 59) return false;
    this.time = hour * 3600 + minute * 60 + second;
    return true;
  }

  seconds(): number {
    const { now } = this;
    let at = now;
    const day = this.day ?? (this.time === undefined ? undefined : new Date(now.getFullYear(), now.getMonth(), now.getDate()));
    if (day) {
      const time = this.time ?? (this.fromMidnight ? 0 : now.getHours() * 3600 + now.getMinutes() * 60 + now.getSeconds());
      at = new Date(day.getFullYear(), day.getMonth(), day.getDate(), 0, 0, time);
    }
    if (this.months) at = new Date(new Date(at).setMonth(at.getMonth() + this.months));
    return (at.getTime() + this.offset) / 1000;
  }
}

/** What to do with a phrase; false: it is none after all, the words stay. */
type Apply = (reading: Reading, groups: string[]) => unknown;

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MONTH = `(${monthNames.join('|')})[a-z]*\\.?`;
const DAY = '(sun|mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?)(?:day)?';
const UNIT = '(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|months?|years?)';
const unitMilliseconds: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 };

/** The phrases, each looked for once, in this order; what one has taken is not there for the next. */
const phrases: [RegExp, Apply][] = [
  // A date and time joined by T is taken for what its first four digits say, a time of day: golden parse_datetime.
  [/\s(\d\d)(\d\d)-\d\d-\d\dt\S+\s/, (r, [hour, minute]) => r.setTime(Number(hour), Number(minute))],
  [/\s(\d{4})-(\d\d?)-(\d\d?)(?=\s)/, (r, [year, month, day]) => r.setDay(Number(year), Number(month) - 1, Number(day))],
  [
    /\s(\d\d?)\/(\d\d?)(?:\/(\d{4}|\d\d))?(?=\s)/,
    (r, [month, day, year]) => r.setDay(year ? fullYear(year) : r.now.getFullYear(), Number(month) - 1, Number(day)),
  ],
  [
    new RegExp(`\\s${MONTH}\\s+(\\d\\d?)(?:st|nd|rd|th)?(?:,?\\s+(\\d{4}))?(?=[\\s,])`),
    (r, [month, day, year]) => r.setDay(Number(year ?? r.now.getFullYear()), monthNames.indexOf(month!), Number(day)),
  ],
  [
    new RegExp(`\\s(\\d\\d?)(?:st|nd|rd|th)?\\s+${MONTH}(?:,?\\s+(\\d{4}))?(?=[\\s,])`),
    (r, [day, month, year]) => r.setDay(Number(year ?? r.now.getFullYear()), monthNames.indexOf(month!), Number(day)),
  ],
  [
    /\s(?:at\s+)?(\d\d?)(?::(\d\d))?(?::(\d\d))?\s*(am|pm)(?=\s)/,
    (r, [hour, minute, second, half]) => clock12(r, hour!, minute, second, half!),
  ],
  [
    /\s(?:at\s+)?(\d\d?):(\d\d)(?::(\d\d))?(?=\s)/,
    (r, [hour, minute, second]) => r.setTime(Number(hour), Number(minute), Number(second ?? 0)),
  ],
  [new RegExp(`((?:\\s(?:in\\s+)?(?:an?|\\d+(?:\\.\\d+)?)\\s*${UNIT}(?:\\s+and)?)+)\\s+ago(?=\\s)`), (r, [all]) => shift(r, all!, -1)],
  [
    new RegExp(`((?:\\s(?:in\\s+)?(?:an?|\\d+(?:\\.\\d+)?)\\s*${UNIT}(?:\\s+and)?)+)(?:\\s+from\\s+now)?(?=\\s)`),
    (r, [all]) => shift(r, all!, 1),
  ],
  [/\s(?:from\s+)?(today|tomorrow|yesterday)(?=\s)/, (r, [word]) => r.setRelative({ today: 0, tomorrow: 1, yesterday: -1 }[word!]!, true)],
  [/\stonight(?=\s)/, (r) => r.setTonight()],
  [/\s(?:at\s+)?noon(?=\s)/, (r) => r.setTime(12)],
  [/\s(?:at\s+)?midnight(?=\s)/, (r) => r.setTime(0)],
  [/\s(?:in\s+the\s+)?(morning|afternoon|evening)(?=\s)/, (r, [word]) => r.setTime({ morning: 6, afternoon: 13, evening: 18 }[word!]!)],
  [/\s(?:eod|end\s+of\s+day)(?=\s)/, (r) => r.setTime(17)],
  [/\s(?:eom|end\s+of\s+month)(?=\s)/, (r) => void (r.day = midnight(r, (at) => [at.getFullYear(), at.getMonth() + 1, 0]))],
  [/\s(?:eoy|end\s+of\s+year)(?=\s)/, (r) => void (r.day = midnight(r, (at) => [at.getFullYear(), 11, 31]))],
  [/\snext\s+week(?=\s)/, (r) => r.setRelative(7, true)],
  [/\snext\s+month(?=\s)/, (r) => void (r.day = midnight(r, (at) => [at.getFullYear(), at.getMonth() + 1, 1]))],
  [/\snext\s+year(?=\s)/, (r) => void (r.day = midnight(r, (at) => [at.getFullYear() + 1, 0, 1]))],
  [new RegExp(`\\s(?:on\\s+)?(?:(next|this|last)\\s+)?${DAY}(?=[\\s,])`), (r, [which, name]) => weekday(r, which, name!)],
  [/\snow(?=\s)/, () => undefined],
];

function midnight(r: Reading, at: (now: Date) => [number, number, number]): Date {
  r.fromMidnight = true;
  return new Date(...at(r.now));
}

function fullYear(text: string): number {
  return text.length === 2 ? 2000 + Number(text) : Number(text);
}

function clock12(r: Reading, hour: string, minute = '0', second = '0', half: string): boolean {
  if (Number(hour) < 1 || Number(hour) > 12) return false;
  return r.setTime((Number(hour) % 12) + (half === 'pm' ? 12 : 0), Number(minute), Number(second));
}

/** `1 hour 30 minutes`: adds all of it. */
function shift(r: Reading, text: string, sign: number): void {
  for (const [, amount = '', unit = ''] of text.matchAll(new RegExp(`(an?|\\d+(?:\\.\\d+)?)\\s*${UNIT}(?=\\s|$)`, 'g'))) {
    const number = sign * (/^an?$/.test(amount) ? 1 : Number(amount));
    if (unit.startsWith('month')) r.months += number;
    else if (unit.startsWith('year')) r.months += 12 * number;
    else r.offset += number * unitMilliseconds[unit[0]!]!;
  }
}

/** The coming one; `this` is that of this week, `next` that of the next week, `last` that of the last. */
function weekday(r: Reading, which: string | undefined, name: string): void {
  const ahead = dayNames.indexOf(name.slice(0, 3)) - r.now.getDay();
  if (which === undefined) r.setRelative(ahead <= 0 ? ahead + 7 : ahead, false);
  else r.setRelative(ahead + { next: 7, this: 0, last: -7 }[which]!, true);
}

/** The reading of chrono-node, with the text it took; loaded only for words that are not ours, and kept out of the bundle. */
function chronoReading(text: string, now: Date): { seconds: number; length: number } | undefined {
  const chrono = createRequire(__filename)('chrono-node') as typeof Chrono;
  const [result] = chrono.parse(text, now);
  if (!result) return undefined;
  const date = result.start.date();
  if (!result.start.isCertain('hour')) date.setHours(now.getHours(), now.getMinutes(), now.getSeconds(), now.getMilliseconds());
  return { seconds: date.getTime() / 1000, length: wordLength(result.text) };
}

const wordLength = (text: string) => text.replace(/[\s,]+/g, '').length;
