import { ScanError, type ScanProblem, scan, unrecognizedOption } from '../../core/sys/getopt';
import type { CommandContext, CommandRun, CommandStatus } from '../command';
import { CommandExit } from './exit';
import type { Grammar } from './grammar';
import { type OptionSpec, Options } from './options';
import { suggestionLine } from './suggest';
import { helpOption, optionList, usageLines, usageWidth } from './usage';

export type { OptionSpec } from './options';
export { Options } from './options';

/**
 * A C command, or one of its sub-commands: its options, and either `run` or `subcommands` (which nest: `flux kvs namespace create`).
 * Texts and statuses follow docs/protocol/cli.md §1.1.
 */
export interface Program {
  /** Words behind the program's name in the usage line: `[OPTIONS] topic [payload]`. With `subcommands` it is the one usage line. */
  usage?: string;
  /** One sentence between usage lines and options. */
  description?: string;
  options?: readonly OptionSpec[];
  subcommands?: readonly Subcommand[];
  /** Heading of the list of sub-commands (`flux-module subcommands:`): the list is shown after the options. */
  heading?: string;
  /** Which of a missing and an unknown sub-command print only the usage, without a message. */
  silent?: 'missing' | 'both';
  /** Exit status of `--help` (1 for flux module, queue, kvs, job). */
  helpStatus?: number;
  /** Column of the descriptions in the option list. */
  column?: number;
  /** Options may follow free arguments (flux logger). */
  permute?: boolean;
  /** Say what is wrong with an option in glibc's own words, followed by the usage (flux logger). */
  glibcErrors?: boolean;
  /** `parents` are the options given before the sub-command, outermost first. */
  run?(ctx: CommandContext, opts: Options, parents: Options[]): CommandStatus;
}

/** A sub-command, with its name and its line in the list of them. */
export interface Subcommand extends Program {
  name: string;
  /** One line for the list of sub-commands. */
  summary?: string;
  /** `usage` as the usage of the whole command has it, if that differs. */
  listedUsage?: string;
  hidden?: boolean;
}

/** The run function of a command that is described by a table. */
export function getopt(program: Program): CommandRun {
  const run = (ctx: CommandContext) => dispatch(ctx, program, ctx.full, ctx.argv, []);
  return Object.assign(run, { grammar: (): Grammar => grammarOfProgram(program) });
}

/** The part of a table that says which words may stand on a command line. */
interface Table extends Pick<Program, 'options' | 'permute'> {
  subcommands?: readonly (Table & Pick<Subcommand, 'name' | 'summary' | 'hidden'>)[];
}

/** Words that may stand on the command line, without hidden ones. */
export function grammarOfProgram({ options = [], subcommands = [], permute = false }: Table): Grammar {
  return {
    options: [helpOption, ...options]
      .filter(({ hidden }) => !hidden)
      .map(({ name, key, arg, optional, help }) => ({
        names: [...(key === undefined ? [] : [`-${key}`]), `--${name}`],
        takes: arg === undefined ? 'nothing' : optional ? 'perhaps a value' : 'a value',
        ...(arg === undefined ? {} : { metavar: arg }),
        help,
      })),
    subcommands: subcommands
      .filter(({ hidden }) => !hidden)
      .map((sub) => ({ name: sub.name, help: sub.summary ?? '', grammar: () => grammarOfProgram(sub) })),
    permute,
  };
}

/** Parses without running: for a command that needs its options only. */
export function parseOptions(ctx: CommandContext, program: Program): Options {
  return parse(ctx, program, ctx.full, ctx.argv);
}

async function dispatch(
  ctx: CommandContext,
  program: Program,
  full: string,
  argv: string[],
  parents: Options[],
): Promise<number | undefined> {
  const opts = parse(ctx, program, full, argv);
  if (!program.subcommands) {
    if (!program.run) throw new TypeError(`${full} has neither run nor subcommands`);
    return (await program.run(ctx, opts, parents)) as number | undefined;
  }
  const [name, ...rest] = opts.args;
  const sub = program.subcommands.find((s) => s.name === name);
  if (sub) return dispatch(ctx, sub, `${full} ${sub.name}`, rest, [...parents, opts]);
  const message = name === undefined ? 'missing subcommand' : `Unknown subcommand: ${name}`;
  const visible = program.subcommands.filter((s) => !s.hidden).map((s) => s.name);
  const silent = program.silent === 'both' || (program.silent === 'missing' && name === undefined);
  throw new CommandExit(1, {
    stderr: `${silent ? '' : `${full}: ${message}\n`}${help(ctx, program, full)}${suggestionLine(name ?? '', visible)}`,
  });
}

function parse(ctx: CommandContext, program: Program, full: string, argv: readonly string[]): Options {
  const specs = program.options ?? [];
  const uses = new Map<string, (string | undefined)[]>();
  const scanner = scan([helpOption, ...specs], argv, program.permute);
  try {
    for (;;) {
      const step = scanner.next();
      if (step.done) return new Options(full, specs, uses, step.value, usage(program, full));
      const { spec, value } = step.value;
      if (spec === helpOption) throw new CommandExit(program.helpStatus ?? 0, { stderr: help(ctx, program, full) });
      uses.set(spec.name, [...(uses.get(spec.name) ?? []), value]);
    }
  } catch (e) {
    if (!(e instanceof ScanError)) throw e;
    if (program.glibcErrors) throw new CommandExit(1, { stderr: `${ctx.name}: ${glibcText(e.problem)}\n${usage(program, full)}` });
    throw new CommandExit(1, { stderr: unrecognizedOption(full, e.problem) + optionSuggestion(e.problem, specs) });
  }
}

/** A line that names the long option which was probably meant. */
export function optionSuggestion(problem: ScanProblem, specs: readonly OptionSpec[]): string {
  if (problem.kind !== 'unknown' || !problem.long) return '';
  const names = [helpOption, ...specs].filter((spec) => !spec.hidden).map((spec) => `--${spec.name}`);
  return suggestionLine(problem.typed.split('=')[0]!, names);
}

/** The texts of getopt_long(3) itself. */
function glibcText(problem: ScanProblem): string {
  const name = problem.typed.split('=')[0]!;
  switch (problem.kind) {
    case 'unknown':
      return problem.long ? `unrecognized option '${problem.typed}'` : `invalid option -- '${problem.typed}'`;
    case 'ambiguous':
      return `option '${problem.typed}' is ambiguous; possibilities:${problem.candidates.map((s) => ` '--${s.name}'`).join('')}`;
    case 'missing':
      return problem.long ? `option '--${problem.spec.name}' requires an argument` : `option requires an argument -- '${problem.typed}'`;
    case 'extra':
      return `option '${name.startsWith('--') ? `--${problem.spec.name}` : name}' doesn't allow an argument`;
  }
}

function usage(program: Program, full: string): string {
  if (program.usage !== undefined || !program.subcommands) return usageLines([`${full} ${program.usage ?? '[OPTIONS]'}`]);
  return usageLines(
    program.subcommands.filter((s) => !s.hidden).map((s) => `${full} ${s.name} ${s.listedUsage ?? s.usage ?? '[OPTIONS]'}`),
  );
}

function help(ctx: CommandContext, program: Program, full: string): string {
  const options = optionList(program.options ?? [], program.column ?? 25, usageWidth(ctx.env));
  if (!program.heading) return `${usage(program, full)}${description(ctx, program, full)}${options}`;
  const rows = program.subcommands!.filter((s) => !s.hidden).map((s) => `   ${s.name.padEnd(15)} ${s.summary ?? ''}`.trimEnd());
  return `${usage(program, full)}${options}\n${program.heading}\n${rows.map((line) => `${line}\n`).join('')}`;
}

/** The line between usage and options: what the command, or the sub-command, does. */
function description(ctx: CommandContext, program: Program | Subcommand, full: string): string {
  const text = program.description ?? ('summary' in program ? program.summary : full === ctx.full ? ctx.summary : undefined);
  return text ? `${text}\n` : '';
}
