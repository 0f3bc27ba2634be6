import fs from 'node:fs';
import path from 'node:path';

/** A file of test/golden, parsed; they were written by Python, which writes Infinity. The shape is the test's to state. */
export function golden<T>(name: string): T {
  const text = fs.readFileSync(path.join(__dirname, '../../golden', name), 'utf8');
  return JSON.parse(text.replace(/": (-?)Infinity\b/g, '": $11e999')) as T;
}

/** What `call` returns, or the errno name of the FluxError it throws; any other error is thrown on. */
export function outcome<T>(call: () => T): T | { errno: string } {
  try {
    return call();
  } catch (e) {
    if (e instanceof Error && e.name === 'FluxError') return { errno: (e as Error & { code: string }).code };
    throw e;
  }
}
