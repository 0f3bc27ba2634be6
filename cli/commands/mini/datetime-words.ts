import { createRequire } from 'node:module';
import type { Chrono, Component, ParsedResult, Parser, ParsingContext } from 'chrono-node';
import { type ClockTime, secondsAsUtc } from '../../../core/sys/local-time';

/** What words say of a time; what they leave open is undefined. */
export interface Words {
  /** Seconds from now; then there is nothing else. */
  elapsed?: number | undefined;
  year?: number | undefined;
  /** From 0. */
  month?: number | undefined;
  day?: number | undefined;
  /** From Sunday, 0. */
  weekday?: number | undefined;
  time?: { hour: number; minute: number; second: number } | undefined;
  /** Seconds east of UTC, if the words name a zone. */
  offset?: number | undefined;
  /** The time is one of this day: `tonight`. */
  thisDay: boolean;
  /** The past is meant. */
  past: boolean;
}

/** Ways to say what chrono-node knows in other words; dates with points have the day first. */
const rewritten: readonly [RegExp, string][] = [
  [/^on /i, ''],
  [/\beom\b/i, 'end of month'],
  [/\b(?:eoy|end of (?:the )?year)\b/i, '31 december'],
  [/^day after tomorrow\b/i, 'the day after tomorrow'],
  [/^tonight (?:at )?(?=\d\d?(?::\d\d)? ?pm$|(?:1[89]|2[0-3]):\d\d$)/i, 'today '],
  [/^(\d\d?(?::\d\d)? ?pm|(?:1[89]|2[0-3]):\d\d) tonight$/i, '$1 today'],
  [/\bfrom today\b/i, 'from now'],
  [/\bfrom tomorrow\b/i, 'after tomorrow'],
  [/\b(\d\d?)\.(\d\d?)\.(\d{4})(?= |$)/, '$3-$2-$1'],
  [/\b(\d\d?)\.(\d\d?)\.(\d\d)(?= |$)/, '20$3-$2-$1'],
  // a time of four digits, where it can't be a year
  [/^(?:at )?([01]\d|2[0-3])([0-5]\d)(?= (?:to|mon|tue|wed|thu|fri|sat|sun)|$)/i, '$1:$2'],
  [/((?:day|today|tomorrow|mon|tue|wed|thu|fri|sat|sun)(?: at)?) ([01]\d|2[0-3])([0-5]\d)$/i, '$1 $2:$3'],
];

/** Parts of a day, and the hours at which they begin. */
const parts: Readonly<Record<string, number>> = {
  midnight: 0,
  morning: 6,
  breakfast: 8,
  noon: 12,
  midday: 12,
  lunch: 12,
  lunchtime: 12,
  afternoon: 13,
  eod: 17,
  'end of day': 17,
  'end of the day': 17,
  evening: 18,
  dinner: 19,
  night: 21,
  tonight: 21,
};
const PART = new RegExp(`(?<![\\w.:/-])(?:(this|at|in the|in) )?(${Object.keys(parts).join('|')})(?![\\w.:/-])`, 'i');
/** A part of this day, not the next of its kind. */
const THIS_DAY = /^(?:this .*|tonight|eod|end of (?:the )?day)$/i;

const LEAP_DAY = /(?<![\d/-])(?:2\/29(?!\/)|feb(?:ruary|\.)? 29(?:th)?|29(?:th)?(?: of)? feb(?:ruary|\.)?)(?!.*\d{4})/i;
const LEAP_YEAR = 2028;
/** Year, month, day: chrono reads others, too, where these make no date. */
const YEAR_FIRST = /(?<!\d)(\d{4})[-/.](\d\d?)[-/.](\d\d?)(?!\d)/;
const PAST = /\b(?:ago|yesterday|last|past)\b/i;
/** A whole month or year: it has no day, whatever day it is now. */
const PERIOD = /\b(?:this|next|last|past) (?:month|year)\b/i;
/** Chrono reads more zones than these, by abbreviations that mean several. */
const ZONE = /(?:utc|gmt|z|[+-]\d\d:?\d\d)$/i;
/** What chrono reads as something else: `for` and `within` as `in`, a number as an hour, a quarter as three months. */
const UNCLEAR =
  /^(?:for|within)\b|(?:day|tomorrow|\b(?:mon|tue|wed|thu|fri|sat|sun)) \d\d?$|\b(?:this|next|last|past) quarter\b|\bweekdays?\b/i;

/**
 * What the words say of a time, of which `now` is the present in local time; undefined unless all of them are understood. Read by chrono-node,
 * in which days and clocks know no zone: that is added by who asks.
 */
export function readWords(text: string, now: ClockTime): Words | undefined {
  const phrase = rewritten.reduce((words, [pattern, text]) => words.replace(pattern, text), text);
  const past = PAST.test(text);
  const reference = new Date(secondsAsUtc(now) * 1000);
  const read = (from: Date) => inUtc(() => reader().parse(phrase, from, { forwardDate: !past }));
  let results = read(reference);
  // chrono knows this day in leap years only, and no year is said
  if (results.length === 0 && LEAP_DAY.test(phrase)) results = read(new Date(Date.UTC(LEAP_YEAR, 0)));
  const [result] = results;
  if (!result || results.length > 1 || result.text.trim() !== phrase || result.end || UNCLEAR.test(phrase)) return undefined;
  const [, , saidMonth, saidDay] = YEAR_FIRST.exec(phrase) ?? [];
  if (saidDay && (Number(saidMonth) !== result.start.get('month') || Number(saidDay) !== result.start.get('day'))) return undefined;
  const tags = result.tags();
  if (tags.has('result/relativeDateAndTime') || tags.has('casualReference/now')) {
    return { elapsed: (result.start.date().getTime() - reference.getTime()) / 1000, thisDay: false, past };
  }
  // what is counted from now is meant to the day, though chrono says that of months
  const exact = !PERIOD.test(text) && (past || tags.has('result/relativeDate'));
  const component = (name: Component) => (exact || result.start.isCertain(name) ? (result.start.get(name) ?? undefined) : undefined);
  const offset = result.start.isCertain('timezoneOffset') ? result.start.get('timezoneOffset')! * 60 : undefined;
  if (offset !== undefined && !ZONE.test(phrase)) return undefined;
  const month = component('month');
  return {
    year: component('year'),
    month: month === undefined ? undefined : month - 1,
    day: component('day'),
    weekday: result.start.isCertain('weekday') ? (result.start.get('weekday') ?? undefined) : undefined,
    time: timeOfDay(result),
    offset,
    thisDay: THIS_DAY.test(text),
    past,
  };
}

function timeOfDay({ start }: ParsedResult): Words['time'] {
  if (!start.isCertain('hour')) return undefined;
  return { hour: start.get('hour')!, minute: start.get('minute') ?? 0, second: start.get('second') ?? 0 };
}

let chrono: Chrono | undefined;

/** Chrono's casual English, with our hours for the parts of a day. Loaded only when it is asked, and kept out of the bundle. */
function reader(): Chrono {
  if (chrono) return chrono;
  const { casual } = createRequire(__filename)('chrono-node/en') as { casual: Chrono };
  chrono = casual.clone();
  chrono.parsers.unshift(partOfDay);
  return chrono;
}

const partOfDay: Parser = {
  pattern: () => PART,
  extract: (context: ParsingContext, match) =>
    context.createParsingComponents({ hour: parts[match[2]!.toLowerCase()]!, minute: 0, second: 0 }),
};

/** Chrono counts in the zone of the process, where hours may be missing. */
function inUtc<T>(run: () => T): T {
  const zone = process.env['TZ'];
  process.env['TZ'] = 'UTC';
  try {
    return run();
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
}
