let lastMillisecond = 0;
let since = 0;

/** Milliseconds since the epoch, as Date.now(), with a fraction that keeps the order of moments of the same millisecond. */
export function wallClock(): number {
  const now = Date.now();
  const monotonic = performance.now();
  if (now !== lastMillisecond) {
    lastMillisecond = now;
    since = monotonic;
  }
  return now + Math.min(monotonic - since, 0.999);
}

/** The same in seconds: the time of an event, as eventlogs have it (RFC 18). */
export function eventTime(): number {
  return wallClock() / 1000;
}
