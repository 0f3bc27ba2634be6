import fs from 'node:fs';
import path from 'node:path';

/** A recorded command line (test/golden/cli.json, whose `doc` explains the fields). */
export interface GoldenCase {
  id: string;
  cmd: string;
  exit: number;
  instance: number;
  fresh?: boolean;
  env?: Record<string, string | null>;
  stdin?: string;
  files?: Record<string, string | { mode: string; text: string }>;
  stdout?: string;
  stdout_json?: unknown;
  stdout_mode?: 'json' | 'contains-lines' | 'any';
  stderr?: string;
  stderr_mode?: 'last-line' | 'usage' | 'unordered-lines' | 'any';
  masks?: [string, string][];
}

const file = path.join(__dirname, '../golden/cli.json');

/** All sections of the recording. */
export const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as {
  cases: GoldenCase[];
  parse_datetime: { in: string; ts?: number; error?: string }[];
};

/** A text with what differs from run to run masked as the recording is. */
export function masked(text: string, { masks = [] }: GoldenCase): string {
  return masks.reduce((masking, [pattern, by]) => masking.replace(regexp(pattern), by.replace(/\\(\d)/g, '$$$1')), text);
}

/** A regular expression of Python's. */
function regexp(pattern: string): RegExp {
  const source = pattern.replace(/\(\?P</g, '(?<').replace(/\\Z/g, '$');
  try {
    return new RegExp(source, 'gmu');
  } catch {
    return new RegExp(source, 'gm'); // escapes that the `u` flag does not know
  }
}

/** Writes the files of a case into its folder. */
export function writeFiles(dir: string, { files = {} }: GoldenCase): void {
  for (const [name, content] of Object.entries(files)) {
    const { text, mode } = typeof content === 'string' ? { text: content, mode: '644' } : content;
    const target = path.join(dir, name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, text, { mode: Number.parseInt(mode, 8) });
  }
}
