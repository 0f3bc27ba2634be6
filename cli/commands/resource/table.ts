import type { CommandContext } from '../../command';
import { CommandError, CommandExit } from '../../command';
import { ColumnFormat } from '../../render/columns';
import type { PyValue } from '../../render/pyvalue';

/** Values of a table's row by field. */
export type Row = Readonly<Record<string, PyValue>>;
/** Headings by field. */
export type Titles = Readonly<Record<string, string>>;

export interface TableFormat {
  readonly format: ColumnFormat;
  readonly titles: Titles;
}

/** Reads a format string. @throws CommandError for a field that has no heading; CommandExit for `help` */
export function readFormat(text: string, titles: Titles): TableFormat {
  if (text === 'help') throw info(`valid formats: ${Object.keys(titles).join(',')}`);
  const format = new ColumnFormat(text);
  for (const field of format.fields) if (!Object.hasOwn(titles, field)) throw new CommandError(`Unknown format field: ${field}`);
  return { format, titles };
}

export function printTable(
  ctx: CommandContext,
  { format, titles }: TableFormat,
  rows: readonly Row[],
  { header }: { header: boolean },
): void {
  if (header) ctx.stdout.write(`${format.header((field) => titles[field]!)}\n`);
  for (const row of rows) ctx.stdout.write(`${format.line((field) => row[field]!)}\n`);
}

/** States named by `--states`. @throws CommandError for one that is not valid; CommandExit for `help` */
export function readStates(text: string | undefined, valid: readonly string[], fallback: readonly string[]): readonly string[] {
  if (text === undefined) return fallback;
  const states = text.split(',');
  if (states.includes('help')) throw info(`valid states: ${valid.join(',')}`);
  for (const state of states) if (!valid.includes(state)) throw new CommandError(`Invalid resource state ${state} specified`);
  return states;
}

function info(text: string): CommandExit {
  return new CommandExit(0, { stderr: `flux-resource: INFO: ${text}\n` });
}
