import type { GoldenCase } from '../support/golden-cli';
import type { Ran } from '../support/shell';

/** What counts of a result, in the form in which a case compares it (`stdout_mode`, `stderr_mode`). */
export interface Comparable {
  exit: number;
  stdout?: unknown;
  stderr?: unknown;
}

/** What the case expects, and what was got (with its masks applied), to be compared as values. */
export function comparable(one: GoldenCase, got: Ran): { expected: Comparable; actual: Comparable } {
  const { stdout: wantOut = '', stderr: wantErr = '' } = one;
  const expected: Comparable = { exit: one.exit };
  const actual: Comparable = { exit: got.status };
  switch (one.stdout_mode) {
    case undefined:
      expected.stdout = wantOut;
      actual.stdout = got.stdout;
      break;
    case 'json':
      expected.stdout = one.stdout_json;
      actual.stdout = lines(got.stdout).map(parsed);
      break;
    case 'contains-lines':
      expected.stdout = lines(wantOut);
      actual.stdout = lines(wantOut).filter((line) => lines(got.stdout).includes(line));
      break;
    case 'any':
  }
  const stderr = stderrForms[one.stderr_mode ?? 'text'];
  if (stderr) {
    expected.stderr = one.stderr_mode === 'last-line' ? wantErr : stderr(wantErr);
    actual.stderr = stderr(got.stderr);
  }
  return { expected, actual };
}

const stderrForms: Record<string, ((text: string) => unknown) | undefined> = {
  text: (text) => text,
  'last-line': (text) => lines(text).at(-1) ?? '',
  usage: uptoUsage,
  'unordered-lines': (text) => lines(text).sort(),
};

/** The text up to its last usage line; what describes options after it is free. */
function uptoUsage(text: string): string {
  const all = text.split('\n');
  const last = all.findLastIndex((line) => /^(Usage:| {3}or:)/.test(line));
  return last < 0 ? text.trimEnd() : all.slice(0, last + 1).join('\n');
}

export function lines(text: string): string[] {
  const all = text.split('\n');
  return all.at(-1) === '' ? all.slice(0, -1) : all;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}
