import { FluxError } from './errors';
import { lastErrno, libc } from './ffi';

/** A date and a time of day, without a zone. Months count from 0. */
export interface ClockTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** A time of day and date in the local zone. */
export interface LocalTime extends ClockTime {
  /** From Sunday, 0. */
  weekday: number;
  /** Day of the year, from 0. */
  yearday: number;
  /** Seconds east of UTC. */
  offset: number;
  /** Clocks are set forward (tm_isdst). */
  isdst: boolean;
}

const DAY = 86_400;

/**
 * Local time as the C library has it, for seconds since the epoch (a fraction is dropped): the zone that TZ names, be it a file of the zone
 * database or a rule (tzset(3)), else the system's. Node knows only some of these, and takes the others for UTC.
 * @throws FluxError EOVERFLOW for a time that struct tm can't hold
 */
export function localTime(seconds: number): LocalTime {
  const { ints, offset } = brokenDown(seconds);
  const [second = 0, minute = 0, hour = 0, day = 0, month = 0, years = 0, weekday = 0, yearday = 0, isdst = 0] = ints;
  return { year: years + 1900, month, day, hour, minute, second, weekday, yearday, offset, isdst: isdst > 0 };
}

/** Abbreviation of the local zone at a time: `CEST`. */
export function zoneName(seconds: number): string {
  const { bytes } = brokenDown(seconds);
  const text = Buffer.alloc(ZONE_SIZE);
  return text.toString('latin1', 0, Number(libc().strftime(text, ZONE_SIZE, '%Z', bytes)));
}

/** `YYYY-MM-DD`, the separator, `HH:MM:SS` in local time; a fraction of a second is dropped. */
export function localStamp(seconds: number, separator = 'T'): string {
  const { year, month, day, hour, minute, second } = localTime(seconds);
  return `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)}${separator}${[hour, minute, second].map(two).join(':')}`;
}

/** Seconds that local time is ahead of UTC at a time (seconds since the epoch). */
export function utcOffset(seconds: number): number {
  return brokenDown(seconds).offset;
}

/**
 * When local clocks show this, in seconds since the epoch, earliest first: one time as a rule, two in an hour that is repeated when clocks
 * are set back, none in one that is left out or on a date that is none (31 April).
 */
export function timesOf(clock: ClockTime): number[] {
  const asUtc = secondsAsUtc(clock);
  const offsets = new Set([utcOffset(asUtc - DAY), utcOffset(asUtc + DAY)]);
  return [...offsets]
    .map((offset) => asUtc - offset)
    .filter((seconds) => shows(localTime(seconds), clock))
    .sort((one, other) => one - other);
}

/**
 * When local clocks show this: the first of two such times that is not before `from`, else the first; where the hour is left out, as much
 * later as clocks are set forward.
 */
export function timeOf(clock: ClockTime, from = Number.NEGATIVE_INFINITY): number {
  const times = timesOf(clock);
  return times.find((time) => time >= from) ?? times[0] ?? secondsAsUtc(clock) - utcOffset(secondsAsUtc(clock) - DAY);
}

/** Seconds from the epoch to this date and time, were it UTC. Fields out of range carry over. */
export function secondsAsUtc({ year, month, day, hour, minute, second }: ClockTime): number {
  // not Date.UTC alone: that takes years below 100 for those of the last century
  return new Date(0).setUTCFullYear(year, month, day) / 1000 + hour * 3600 + minute * 60 + second;
}

/** The first second in (from, to] with another offset from UTC than `from` has; undefined if `to` has the same. */
export function offsetChange(from: number, to: number): number | undefined {
  const before = utcOffset(from);
  if (utcOffset(to) === before) return undefined;
  let [same, other] = [Math.floor(from), Math.ceil(to)];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (utcOffset(middle) === before) same = middle;
    else other = middle;
  }
  return other;
}

const two = (n: number): string => String(n).padStart(2, '0');

const fields = ['year', 'month', 'day', 'hour', 'minute', 'second'] as const;

function shows(local: LocalTime, clock: ClockTime): boolean {
  return fields.every((field) => local[field] === clock[field]);
}

// struct tm of glibc on 64 bits: nine ints, then tm_gmtoff and tm_zone.
const TM_SIZE = 56;
const TM_INTS = 9;
const TM_GMTOFF = 40;
const ZONE_SIZE = 64;

function brokenDown(seconds: number): { bytes: Buffer; ints: Int32Array; offset: number } {
  if (!Number.isSafeInteger(Math.floor(seconds))) throw new FluxError('EOVERFLOW');
  const bytes = Buffer.alloc(TM_SIZE);
  const c = libc();
  c.tzset(); // localtime_r need not look whether TZ has changed
  if (!c.localtime_r(BigInt64Array.of(BigInt(Math.floor(seconds))), bytes)) throw new FluxError(lastErrno());
  const ints = new Int32Array(bytes.buffer, bytes.byteOffset, TM_INTS);
  return { bytes, ints, offset: Number(bytes.readBigInt64LE(TM_GMTOFF)) };
}
