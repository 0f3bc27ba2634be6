import { defineJobtap } from 'flux';
import { dependencyValue } from './_dependency';

/** The longest a timer is set for, so that changes of the clock are noticed; in ms. */
const LONGEST_WAIT = 60_000;

/**
 * Dependency `begin-time`: a job waits for a moment, given in seconds since the epoch. Loaded with the job manager (docs/protocol/jobtap.md §4.3).
 */
export default defineJobtap({
  name: 'begin-time',
  api: 1,
  setup(p) {
    const timers = p.jobData<Set<() => void>>({
      dispose: (pending) => {
        for (const stop of pending) stop();
      },
    });

    p.on('job.dependency.begin-time', (job, call) => {
      const value = dependencyValue(call.dependency, (reason) => call.reject(`error processing begin-time: ${reason}`));
      if (value === undefined) return;
      const begin = parseSeconds(value);
      if (begin === undefined) return call.reject(`Invalid begin-time=${value}`);
      const description = `begin-time=${milliseconds(begin)}`;
      p.dependencyAdd(job, description);
      if (p.hasDependency(job, description)) waitFor(job.id, description, begin);
    });

    function waitFor(id: bigint, description: string, begin: number): void {
      const wait = Math.min(Math.max(0, begin * 1000 - Date.now()), LONGEST_WAIT);
      const pending = timers.get(id) ?? new Set();
      const stop = p.after(wait, () => {
        pending.delete(stop);
        if (Date.now() < begin * 1000) waitFor(id, description, begin);
        else p.dependencyRemove(id, description);
      });
      pending.add(stop);
      timers.set(id, pending);
    }
  },
});

/** `%.3f` of C; toFixed() takes to exponents from 1e21 on. */
const milliseconds = (seconds: number) => (seconds < 1e21 ? seconds.toFixed(3) : `${BigInt(seconds)}.000`);

const DECIMAL = /^[ \t\n\v\f\r]*(\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;
const HEXADECIMAL = /^[ \t\n\v\f\r]*\+?0x([0-9a-f]*)(?:\.([0-9a-f]*))?(?:p([+-]?\d+))?$/i;

/** A finite number >= 0 as strtod(3) reads it; the empty string is 0. undefined for all else. */
function parseSeconds(text: string): number | undefined {
  if (/^[ \t\n\v\f\r]*$/.test(text)) return text === '' ? 0 : undefined;
  const hex = HEXADECIMAL.exec(text);
  const value = hex ? hexadecimal(hex) : Number(DECIMAL.exec(text)?.[1] ?? NaN);
  return Number.isFinite(value) ? value : undefined;
}

function hexadecimal([, whole = '', fraction = '', exponent = '0']: RegExpExecArray): number {
  if (whole + fraction === '') return NaN;
  return Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
}
