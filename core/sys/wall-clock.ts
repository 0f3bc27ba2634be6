/** Milliseconds since the epoch minus performance.now(); follows the system's clock where that is set. */
let anchor = performance.timeOrigin;

/** Milliseconds since the epoch as Date.now() has them, to the microsecond. It never leaves that millisecond, so the two can be compared. */
export function wallMilliseconds(): number {
  const coarse = Date.now();
  const fine = anchor + performance.now();
  const within = Math.min(Math.max(fine, coarse), coarse + 0.999);
  anchor += within - fine;
  return Math.floor(within * 1000) / 1000;
}

/** Seconds since the epoch, to the microsecond: timestamps of eventlogs (RFC 18) and of jobs. */
export function wallSeconds(): number {
  return Math.floor(wallMilliseconds() * 1000 + 0.5) / 1e6;
}
