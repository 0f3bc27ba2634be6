import { utcOffset, zoneName } from '../sys/local-time';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** strftime(3) in the C locale, for a time in seconds since the epoch; local time, or UTC. A conversion nobody knows stays as it is. */
export function strftime(format: string, seconds: number, { utc = false }: { utc?: boolean } = {}): string {
  const time = new Fields(seconds, utc);
  return format.replace(/%(?:[EO-])?([a-zA-Z%])/g, (whole, letter: string) => conversions[letter]?.(time) ?? whole);
}

class Fields {
  readonly seconds: number;
  readonly utc: boolean;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
  /** Day of the year, from 0. */
  readonly yearday: number;
  /** Seconds east of UTC. */
  readonly offset: number;

  constructor(seconds: number, utc: boolean) {
    const whole = Math.floor(seconds + 1e-7);
    this.seconds = seconds;
    this.utc = utc;
    this.offset = utc ? 0 : utcOffset(whole);
    // The fields of local time are those of UTC, moved by the offset.
    const moved = new Date((whole + this.offset) * 1000);
    this.year = moved.getUTCFullYear();
    this.month = moved.getUTCMonth();
    this.day = moved.getUTCDate();
    this.hour = moved.getUTCHours();
    this.minute = moved.getUTCMinutes();
    this.second = moved.getUTCSeconds();
    this.weekday = moved.getUTCDay();
    this.yearday = Math.round((Date.UTC(this.year, this.month, this.day) - Date.UTC(this.year, 0, 1)) / 86_400_000);
  }

  /** Year and week of ISO 8601. */
  get iso(): { year: number; week: number } {
    const thursday = new Date(Date.UTC(this.year, this.month, this.day + 3 - ((this.weekday + 6) % 7)));
    const year = thursday.getUTCFullYear();
    return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000)) + 1 };
  }

  get zone(): string {
    return this.utc ? 'GMT' : zoneName(this.seconds);
  }
}

const two = (n: number) => String(n).padStart(2, '0');
const blank = (n: number) => String(n).padStart(2, ' ');
const hour12 = (t: Fields) => t.hour % 12 || 12;

const conversions: Record<string, (t: Fields) => string> = {
  a: (t) => days[t.weekday]!.slice(0, 3),
  A: (t) => days[t.weekday]!,
  b: (t) => months[t.month]!.slice(0, 3),
  B: (t) => months[t.month]!,
  c: (t) => `${conversions['a']!(t)} ${conversions['b']!(t)} ${blank(t.day)} ${conversions['T']!(t)} ${t.year}`,
  C: (t) => two(Math.floor(t.year / 100)),
  d: (t) => two(t.day),
  D: (t) => `${two(t.month + 1)}/${two(t.day)}/${two(t.year % 100)}`,
  e: (t) => blank(t.day),
  f: (t) => String(((Math.round(t.seconds * 1e6) % 1_000_000) + 1_000_000) % 1_000_000).padStart(6, '0'),
  F: (t) => `${t.year}-${two(t.month + 1)}-${two(t.day)}`,
  g: (t) => two(t.iso.year % 100),
  G: (t) => String(t.iso.year),
  h: (t) => conversions['b']!(t),
  H: (t) => two(t.hour),
  I: (t) => two(hour12(t)),
  j: (t) => String(t.yearday + 1).padStart(3, '0'),
  k: (t) => blank(t.hour),
  l: (t) => blank(hour12(t)),
  m: (t) => two(t.month + 1),
  M: (t) => two(t.minute),
  n: () => '\n',
  p: (t) => (t.hour < 12 ? 'AM' : 'PM'),
  P: (t) => (t.hour < 12 ? 'am' : 'pm'),
  r: (t) => `${two(hour12(t))}:${two(t.minute)}:${two(t.second)} ${conversions['p']!(t)}`,
  R: (t) => `${two(t.hour)}:${two(t.minute)}`,
  s: (t) => String(Math.floor(t.seconds)),
  S: (t) => two(t.second),
  t: () => '\t',
  T: (t) => `${two(t.hour)}:${two(t.minute)}:${two(t.second)}`,
  u: (t) => String(t.weekday || 7),
  U: (t) => two(Math.floor((t.yearday + 7 - t.weekday) / 7)),
  V: (t) => two(t.iso.week),
  w: (t) => String(t.weekday),
  W: (t) => two(Math.floor((t.yearday + 7 - ((t.weekday + 6) % 7)) / 7)),
  x: (t) => conversions['D']!(t),
  X: (t) => conversions['T']!(t),
  y: (t) => two(t.year % 100),
  Y: (t) => String(t.year),
  z: (t) => `${t.offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(t.offset) / 3600))}${two(Math.floor(Math.abs(t.offset) / 60) % 60)}`,
  Z: (t) => t.zone,
  '%': () => '%',
};
