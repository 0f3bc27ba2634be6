import type { OptionSpec } from './options';

/** The `-h, --help` row that every C command has. */
export const helpOption: OptionSpec = { name: 'help', key: 'h', help: 'Display this message.' };

/** `Usage: FULL ARGS` lines, further ones with `   or: ` (docs/protocol/cli.md §1.1). */
export function usageLines(lines: readonly string[]): string {
  return lines.map((line, i) => `${i === 0 ? 'Usage: ' : '   or: '}${line}\n`).join('');
}

/** The option list, `--help` first: two blanks, `-k, --name=ARG`, the description at `column` wrapped at `width`. */
export function optionList(specs: readonly OptionSpec[], column: number, width: number): string {
  return [helpOption, ...specs]
    .filter((spec) => !spec.hidden)
    .map((spec) => row(spec, column, width))
    .join('');
}

/** The terminal width that usage texts use: COLUMNS when it is an integer in 17…255, else 80. */
export function usageWidth(env: NodeJS.ProcessEnv): number {
  const columns = /^\d+$/.test(env['COLUMNS'] ?? '') ? Number(env['COLUMNS']) : 80;
  return columns >= 17 && columns <= 255 ? columns : 80;
}

function row(spec: OptionSpec, column: number, width: number): string {
  const arg = spec.arg === undefined ? '' : spec.optional ? `[=${spec.arg}]` : `=${spec.arg}`;
  const left = `  ${spec.key ? `-${spec.key}, ` : '    '}--${spec.name}${arg}`;
  const room = Math.max(width - column, 10);
  const [first = '', ...more] = spec.help.length <= room ? [spec.help] : wrap(spec.help, room);
  const indent = ' '.repeat(column);
  const head = left.length >= column ? `${left}\n${indent}${first}` : `${left.padEnd(column)}${first}`;
  return `${[head, ...more.map((line) => indent + line)].join('\n')}\n`;
}

/** `text` in lines of at most `width` characters; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  if (line) lines.push(line);
  return lines;
}
