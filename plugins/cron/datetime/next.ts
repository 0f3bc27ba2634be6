import type { IdSet } from 'flux';
import type { FieldName } from './field';

export type FieldSets = Readonly<Record<FieldName, IdSet>>;

const YEARS_AHEAD = 2;
const EPOCH_YEAR = 1900;
const HOUR_MS = 3_600_000;

/**
 * The first time after `now` whose local date and time match all fields, in milliseconds since the epoch, a whole second; undefined if there is none within
 * two years.
 */
export function nextMatch(sets: FieldSets, now: number): number | undefined {
  const today = new Date(now);
  const end = new Date(now);
  end.setFullYear(end.getFullYear() + YEARS_AHEAD);
  const times = { hours: [...sets.hour], minutes: clock(sets.minute), seconds: clock(sets.second) };
  if (times.minutes.length === 0 || times.seconds.length === 0) return undefined;
  for (let day = midnight(today, 0), n = 0; day <= end; day = midnight(today, ++n)) {
    if (!matchesDay(sets, day)) continue;
    const found = firstOnDay(day, times, now);
    if (found !== undefined) return found <= end.getTime() ? found : undefined;
  }
  return undefined;
}

/** What a clock can show: second 60 and minute 60 are in no local time that this system's clock gives. */
const clock = (set: IdSet): number[] => [...set].filter((value) => value < 60);

const midnight = (today: Date, days: number): Date => new Date(today.getFullYear(), today.getMonth(), today.getDate() + days);

function matchesDay({ year, month, mday, weekday }: FieldSets, day: Date): boolean {
  return year.has(day.getFullYear() - EPOCH_YEAR) && month.has(day.getMonth()) && mday.has(day.getDate()) && weekday.has(day.getDay());
}

interface Times {
  hours: readonly number[];
  minutes: readonly number[];
  seconds: readonly number[];
}

function firstOnDay(day: Date, { hours, minutes, seconds }: Times, now: number): number | undefined {
  for (const hour of hours) {
    if (hourEnd(day, hour) <= now) continue;
    for (const minute of minutes) {
      for (const second of seconds) {
        const found = at(day, hour, minute, second).find((time) => time > now);
        if (found !== undefined) return found;
      }
    }
  }
  return undefined;
}

/** End of the hour, the second time it is there when clocks are set back. */
const hourEnd = (day: Date, hour: number): number =>
  new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour).getTime() + 2 * HOUR_MS;

/** The times that local clocks show this: none in the hour left out in spring, two in the one repeated in autumn. */
function at(day: Date, hour: number, minute: number, second: number): number[] {
  const time = new Date(day.getFullYear(), day.getMonth(), day.getDate(), hour, minute, second).getTime();
  return [time, time + HOUR_MS].filter((ms) => {
    const shown = new Date(ms);
    return shown.getHours() === hour && shown.getMinutes() === minute && shown.getDate() === day.getDate();
  });
}
