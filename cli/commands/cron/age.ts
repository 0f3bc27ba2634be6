import { fixed } from '../../render/floats';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const ages: readonly [limit: number, text: (seconds: number) => string][] = [
  [0, () => 'in the future'],
  [2, () => 'a second ago'],
  [90, (seconds) => `${Math.round(seconds)} seconds ago`],
  [2 * MINUTE, () => 'a minute ago'],
  [90 * MINUTE, (seconds) => `${Math.round(seconds / MINUTE)} minutes ago`],
  [36 * HOUR, (seconds) => `${fixed(seconds / HOUR, 1)} hours ago`],
  [14 * DAY, (seconds) => `${fixed(seconds / DAY, 1)} days ago`],
  [70 * DAY, (seconds) => `${Math.floor((seconds / DAY + 3) / 7)} weeks ago`],
  [365 * DAY, (seconds) => `${Math.floor((seconds / DAY + 15) / 30)} months ago`],
  [Number.POSITIVE_INFINITY, (seconds) => `${fixed(seconds / (365 * DAY), 1)} years ago`],
];

/** How long ago a time was, in words (docs/protocol/cron-heartbeat-barrier.md §2, "Age"). Seconds since the epoch. */
export function age(time: number, now: number): string {
  const seconds = now - time;
  return ages.find(([limit]) => seconds < limit)![1](seconds);
}

/** A duration in seconds, in the unit that suits it. */
export function span(seconds: number): string {
  if (seconds > DAY) return `${fixed(seconds / DAY, 3)}d`;
  if (seconds > HOUR) return `${fixed(seconds / HOUR, 3)}h`;
  if (seconds > MINUTE) return `${fixed(seconds / MINUTE, 3)}m`;
  if (seconds > 1) return `${fixed(seconds, 3)}s`;
  return `${fixed(Math.max(seconds, 0) * 1000, 2)}ms`;
}
