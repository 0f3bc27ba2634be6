import type { Argument, ParserSpec } from './argparse-spec';
import { wrap } from './usage';

/** The name of an argument in errors: `-n/--ntasks`, or the metavar of a positional. */
export function optionNames(argument: Argument): string {
  return argument.flags ? argument.flags.join('/') : (argument.metavar ?? argument.dest ?? '');
}

/** `usage: PROG …`, wrapped at COLUMNS - 2. */
export function formatUsage(spec: ParserSpec, env: NodeJS.ProcessEnv): string {
  const parts = spec.usage ? [spec.usage] : usageParts(spec);
  const head = spec.usage ? 'usage: ' : `usage: ${spec.prog} `;
  const lines = fold(parts, widthOf(env) - head.length);
  return `${head}${lines.join(`\n${' '.repeat(head.length)}`)}\n`;
}

/** All of `--help`: usage, description, the groups of arguments, epilog. */
export function formatHelp(spec: ParserSpec, env: NodeJS.ProcessEnv): string {
  const width = widthOf(env);
  const sections = [formatUsage(spec, env)];
  if (spec.description) sections.push(`${wrap(spec.description, width).join('\n')}\n`);
  for (const [title, rows] of groups(spec)) sections.push(`${title}:\n${rows.map(([left, help]) => helpRow(left, help, width)).join('')}`);
  if (spec.epilog) sections.push(`${spec.epilog}\n`);
  return sections.join('\n');
}

function widthOf(env: NodeJS.ProcessEnv): number {
  return Math.max((Number(env['COLUMNS']) || 80) - 2, 20);
}

function usageParts(spec: ParserSpec): string[] {
  const options = spec.arguments.filter((a) => a.flags && !a.hidden).map((a) => (a.required ? optionUsage(a) : `[${optionUsage(a)}]`));
  const positionals = spec.arguments.filter((a) => !a.flags && !a.hidden).map(values);
  const sub = spec.subparsers ? [`{${spec.subparsers.parsers.map((p) => p.name).join(',')}} ...`] : [];
  return ['[-h]', ...options, ...positionals, ...sub];
}

const optionUsage = (argument: Argument) => [argument.flags![0], values(argument)].filter(Boolean).join(' ');

/** The values of an argument as shown: `N`, `[N]`, `[N ...]`, `N [N ...]`, `...`; nothing for a flag. */
function values(argument: Argument): string {
  if (typeof argument.action === 'string' && ['true', 'false', 'const', 'count'].includes(argument.action)) return '';
  const name = metavar(argument);
  switch (argument.nargs) {
    case undefined:
      return name;
    case '?':
      return `[${name}]`;
    case '*':
      return `[${name} ...]`;
    case '+':
      return `${name} [${name} ...]`;
    case 'rest':
    case 'subcommand':
      return '...';
    default:
      return Array(argument.nargs).fill(name).join(' ');
  }
}

function metavar(argument: Argument): string {
  if (argument.metavar) return argument.metavar;
  if (argument.choices) return `{${argument.choices.join(',')}}`;
  const name = argument.dest ?? argument.flags!.find((f) => f.startsWith('--'))?.slice(2) ?? argument.flags![0]!.slice(1);
  return argument.flags ? name.replaceAll('-', '_').toUpperCase() : name;
}

function groups(spec: ParserSpec): Map<string, [string, string][]> {
  const found = new Map<string, [string, string][]>();
  const add = (title: string, left: string, help = '') => found.set(title, [...(found.get(title) ?? []), [left, help]]);
  for (const argument of spec.arguments)
    if (!argument.flags && !argument.hidden) add(argument.group ?? 'positional arguments', metavar(argument), argument.help);
  if (spec.subparsers) for (const sub of spec.subparsers.parsers) add(spec.subparsers.title ?? 'subcommands', `  ${sub.name}`, sub.help);
  add('optional arguments', '-h, --help', 'show this help message and exit');
  for (const argument of spec.arguments)
    if (argument.flags && !argument.hidden) add(argument.group ?? 'optional arguments', flagsWithValues(argument), argument.help);
  return found;
}

function flagsWithValues(argument: Argument): string {
  const value = values(argument);
  return argument.flags!.map((flag) => (value && flag.startsWith('--') ? `${flag}=${value}` : flag)).join(', ');
}

function helpRow(left: string, help: string, width: number): string {
  const column = 30;
  const [first, ...more] = wrap(help, Math.max(width - column, 11));
  const indent = ' '.repeat(column);
  if (first === undefined) return `  ${left}\n`;
  const head = left.length + 4 > column ? `  ${left}\n${indent}${first}` : `  ${left}`.padEnd(column) + first;
  return `${[head, ...more.map((line) => indent + line)].join('\n')}\n`;
}

/** Joins the parts with blanks into lines of at most `width`; no part is broken. */
function fold(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + part.length <= width) lines[lines.length - 1] = `${line} ${part}`;
    else lines.push(part);
  }
  return lines;
}
