import { type IdSet, localTime } from 'flux';
import { offsetChange, secondsAsUtc, utcOffset } from 'flux/internal';
import type { FieldName } from './field';

export type FieldSets = Readonly<Record<FieldName, IdSet>>;

/** When an entry runs: what the fields of local time must be, and whether one of day of month and weekday is enough (crontab(5)). */
export interface Schedule {
  sets: FieldSets;
  eitherDay: boolean;
}

/** After so many years every date has come: 29 February on a given weekday, across a year without one. */
const YEARS_AHEAD = 40;
const EPOCH_YEAR = 1900;
const DAY = 86_400;
/** Zones keep an offset for longer than this. */
const WEEK = 7 * DAY;
const HOURS = 24;

/**
 * The first time after `now` whose local date and time match, in milliseconds since the epoch, a whole second; undefined if there is none
 * within 40 years.
 *
 * Where clocks change, an entry for certain hours runs once, as cron(8) has it: times that are left out are made up for at the change, of
 * those that are repeated only the first counts. An entry for every hour follows the clock as it goes.
 */
export function nextMatch({ sets, eitherDay }: Schedule, now: number): number | undefined {
  const clock = new Clock(sets, eitherDay);
  const everyHour = sets.hour.count === HOURS;
  const { year, ...today } = localTime(now / 1000);
  const end = secondsAsUtc({ ...today, year: year + YEARS_AHEAD });
  let from = Math.floor(now / 1000) + 1;
  let offset = utcOffset(from);
  // Clocks have shown everything before this.
  let shown = everyHour ? Number.NEGATIVE_INFINITY : shownAt(from);
  while (from + offset <= end) {
    const change = offsetChange(from, from + WEEK);
    const to = change ?? from + WEEK;
    const found = clock.first(Math.max(from + offset, shown), to + offset);
    if (found !== undefined) return found <= end ? (found - offset) * 1000 : undefined;
    if (change !== undefined) {
      const next = utcOffset(change);
      if (!everyHour) {
        if (clock.first(change + offset, change + next) !== undefined) return change * 1000;
        shown = change + offset;
      }
      offset = next;
    }
    from = to;
  }
  return undefined;
}

/** The local time (as if it were UTC) that clocks had reached before they were set back within the last day; what `from` shows otherwise. */
function shownAt(from: number): number {
  const change = offsetChange(from - DAY, from);
  return change === undefined ? Number.NEGATIVE_INFINITY : change + utcOffset(change - 1);
}

/** Local times, written as if they were UTC, in seconds: no zone comes in here. */
class Clock {
  readonly #sets: FieldSets;
  readonly #eitherDay: boolean;
  readonly #hours: readonly number[];
  readonly #minutes: readonly number[];
  readonly #seconds: readonly number[];

  constructor(sets: FieldSets, eitherDay: boolean) {
    this.#sets = sets;
    this.#eitherDay = eitherDay;
    this.#hours = [...sets.hour];
    this.#minutes = belowSixty(sets.minute);
    this.#seconds = belowSixty(sets.second);
  }

  /** The first that matches in [from, to). */
  first(from: number, to: number): number | undefined {
    for (let day = Math.floor(from / DAY) * DAY; day < to; day += DAY) {
      if (!this.#matches(new Date(day * 1000))) continue;
      const found = this.#firstOn(day, from);
      if (found !== undefined) return found < to ? found : undefined;
    }
    return undefined;
  }

  #matches(day: Date): boolean {
    const { year, month, mday, weekday } = this.#sets;
    if (!year.has(day.getUTCFullYear() - EPOCH_YEAR) || !month.has(day.getUTCMonth())) return false;
    const [date, name] = [mday.has(day.getUTCDate()), weekday.has(day.getUTCDay())];
    return this.#eitherDay ? date || name : date && name;
  }

  #firstOn(day: number, from: number): number | undefined {
    for (const hour of this.#hours) {
      const begin = day + hour * 3600;
      if (begin + 3600 <= from) continue;
      for (const minute of this.#minutes) {
        if (begin + minute * 60 + 60 <= from) continue;
        const found = this.#seconds.find((second) => begin + minute * 60 + second >= from);
        if (found !== undefined) return begin + minute * 60 + found;
      }
    }
    return undefined;
  }
}

/** What a clock can show: second 60 and minute 60 are in no local time that this system's clock gives. */
const belowSixty = (set: IdSet): number[] => [...set].filter((value) => value < 60);
