import { type ClockTime, localTime, secondsAsUtc, timeOf } from '../../../core/sys/local-time';
import { CommandError } from '../../command';
import { readWords, type Words } from './datetime-words';

interface Day {
  year: number;
  month: number;
  day: number;
}

const ISO = /^(\d{4})-?(\d\d)-?(\d\d)[t ](\d\d):?(\d\d)(?::?(\d\d)([.,]\d+)?)?\s*(z|[+-]\d\d(?::?\d\d)?)?$/i;

/** `2027-06-21`, `6/21/27`, `june 21 2027`: a year is said. */
const YEAR = /\b\d{4}\b|\d[-/.]\d+[-/.]\d/;
/** Words that mean a whole day or more. */
const WHOLE =
  /\b(?:today|tomorrow|yesterday|(?:this|next|last|past)\s+(?:week|month|year|(?:sun|mon|tue|wed|thu|fri|sat)\w*)|eom|eoy|end\s+of)/i;
const WHICH_WEEK = /\b(this|next)\s+(?:week(?:end)?\b|(?:sun|mon|tue|wed|thu|fri|sat)\w*)/i;
/** 29 February comes again within so many years. */
const LEAP_YEARS = 8;

/**
 * A point in time in words, in local time, as seconds since the epoch (flux-mini(1) --begin-time). Without a year, a day or a date the next
 * such time is meant; what is past is given only if the words say so, by a year or as `yesterday`, `ago`, `last`. A day without a time
 * keeps the time of day of `now`; words that mean a whole day or more (`tomorrow`, `next week`, `this friday`) mean its beginning, and
 * if it has begun, now.
 * @throws CommandError for words that are not understood to the last, and for what is past
 */
export function parseDatetime(text: string, now: number): number {
  const trimmed = text.trim().replace(/\s+/g, ' ');
  const words = ISO.test(trimmed) ? undefined : readWords(trimmed, localTime(now));
  const seconds = words ? secondsOf(words, trimmed, now) : isoTime(trimmed);
  if (seconds === undefined) throw new CommandError(`Invalid datetime: "${text}"`);
  // less than a second ago: this second is meant
  if (seconds >= Math.floor(now)) return Math.max(seconds, now);
  if (words && !words.past && !YEAR.test(trimmed)) throw new CommandError(`Invalid datetime: "${text}" is past`);
  return seconds;
}

/** ISO 8601, date and time; undefined for anything else, and for a date or a time that is none. */
function isoTime(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map((field) => Number(field ?? 0));
  const clock = { year, month: month - 1, day, hour, minute, second };
  if (!isDay(clock) || hour > 23 || minute > 59 || second > 59) return undefined;
  const [, , , , , , , fraction = '', zone] = match;
  return (zone === undefined ? timeOf(clock) : secondsAsUtc(clock) - zoneOffset(zone)) + Number(`0${fraction.replace(',', '.')}`);
}

/** Seconds east of UTC of `Z`, `+02`, `+0200`, `+02:00`. */
function zoneOffset(zone: string): number {
  const [, sign, hours = 0, minutes = 0] = /([+-])(\d\d):?(\d\d)?/.exec(zone) ?? [];
  return (sign === '-' ? -60 : 60) * (Number(hours) * 60 + Number(minutes));
}

function secondsOf(words: Words, text: string, now: number): number | undefined {
  if (words.elapsed !== undefined) return now + words.elapsed;
  const today = localTime(now);
  const whole = WHOLE.test(text) || (words.day === undefined && words.weekday === undefined);
  const time = words.time ?? (whole ? { hour: 0, minute: 0, second: 0 } : { hour: today.hour, minute: today.minute, second: today.second });
  const candidates = daysOf(words, text, today).map((day): number => {
    if (whole && !words.time && sameDay(day, today)) return now;
    const clock = { ...day, ...time };
    return words.offset === undefined ? timeOf(clock, now) : secondsAsUtc(clock) - words.offset;
  });
  return candidates.find((seconds) => seconds >= Math.floor(now)) ?? candidates.at(-1);
}

/** The days that may be meant, the first of them that is not past is. */
function daysOf({ year, month, day, weekday, time, offset, thisDay }: Words, text: string, today: Day & { weekday: number }): Day[] {
  const ahead = (days: number): Day => dayAt({ ...today, day: today.day + days });
  if (month !== undefined) {
    const years = year === undefined ? Array.from({ length: LEAP_YEARS + 1 }, (_, i) => today.year + i) : [year];
    return years
      .map((one) => ({ year: one, month, day: day ?? 1 }))
      .filter((one) => isDay(one) && (weekday === undefined || year === undefined || weekdayOf(one) === weekday));
  }
  if (year !== undefined) return [{ year, month: 0, day: 1 }];
  if (weekday !== undefined) {
    // weeks begin on Monday
    const inWeek = ((weekday + 6) % 7) - ((today.weekday + 6) % 7);
    const which = WHICH_WEEK.exec(text)?.[1]?.toLowerCase();
    if (which !== undefined) return [ahead(which === 'this' ? inWeek : inWeek + 7)];
    const days = (inWeek + 7) % 7;
    return days === 0 && !time ? [ahead(7)] : [ahead(days), ahead(days + 7)];
  }
  if (!time) return [];
  if (thisDay) return [ahead(0)];
  // where it is another day already, or still
  return offset === undefined ? [ahead(0), ahead(1)] : [ahead(-1), ahead(0), ahead(1), ahead(2)];
}

const atMidnight = (day: Day): ClockTime => ({ ...day, hour: 0, minute: 0, second: 0 });
const asDate = (day: Day): Date => new Date(secondsAsUtc(atMidnight(day)) * 1000);
const weekdayOf = (day: Day): number => asDate(day).getUTCDay();
const isDay = (day: Day): boolean => sameDay(dayAt(day), day);
const sameDay = (one: Day, other: Day): boolean => one.year === other.year && one.month === other.month && one.day === other.day;

/** The day itself, where its number is beyond the month. */
function dayAt(day: Day): Day {
  const date = asDate(day);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate() };
}
