import fs from 'node:fs';
import path from 'node:path';

/** A recorded command line (test/golden/cli.json). */
export interface GoldenCase {
  id: string;
  cmd: string;
  exit: number;
  instance: number;
  env?: Record<string, string>;
  stdin?: string;
  files?: Record<string, string | { mode: string; text: string }>;
  stdout?: string;
  stdout_json?: unknown;
  stdout_mode?: string;
  stderr?: string;
  stderr_mode?: string;
  masks?: [string, string][];
}

const file = path.join(__dirname, '../../golden/cli.json');

/** All sections of the recording. */
export const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as {
  cases: GoldenCase[];
  parse_datetime: { in: string; ts?: number; error?: string }[];
};

/**
 * The cases that need no instance and whose ids begin with one of the prefixes, with the words of their command lines. What only a shell can run
 * is left out.
 */
export function goldenCases(prefixes: readonly string[]): { name: string; case: GoldenCase; argv: string[] }[] {
  return golden.cases
    .filter(({ id, instance }) => instance === 0 && prefixes.some((prefix) => id.startsWith(prefix)))
    .flatMap((one) => {
      const line = commandLine(one.cmd);
      return line ? [{ name: one.id, case: one, argv: line.slice(2) }] : [];
    });
}

/** A text with what differs from run to run masked as the recording is. */
export function masked(text: string, { masks = [] }: GoldenCase): string {
  return masks.reduce((masking, [pattern, by]) => masking.replace(new RegExp(pattern, 'gm'), by.replace(/\\(\d)/g, '$$$1')), text);
}

/** The words of `[cd / &&] flux …`; undefined for what only a shell can run. */
function commandLine(cmd: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*((?:'[^']*'|"[^"$`\\]*"|\$HOME|[^\s'"$`;|&<>\\])+)/y;
  const text = cmd.replace(/^cd \/ && /, '').trim();
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return undefined;
    words.push(match[1]!.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
  }
  return words[0] === 'flux' ? words : undefined;
}
