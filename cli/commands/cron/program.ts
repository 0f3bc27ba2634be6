import { ScanError, type ScanProblem, scan } from '../../../core/sys/getopt';
import type { OptionSpec } from '../../args/options';
import { optionList, usageWidth } from '../../args/usage';
import { type CommandContext, CommandError, CommandExit, type CommandStatus } from '../../command';

/** A sub-command of flux cron. */
export interface CronCommandSpec {
  name: string;
  summary: string;
  /** What follows its name in the usage line. */
  usage: string;
  options?: readonly OptionSpec[];
  /** What its help says beyond that, in lines. */
  notes?: string;
  run(ctx: CommandContext, options: CronOptions): CommandStatus;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** The parsed options of a sub-command. */
export class CronOptions {
  readonly spec: CronCommandSpec;
  readonly args: readonly string[];
  readonly #values: ReadonlyMap<string, string | undefined>;

  constructor(spec: CronCommandSpec, values: ReadonlyMap<string, string | undefined>, args: readonly string[]) {
    this.spec = spec;
    this.#values = values;
    this.args = args;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  str(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Seconds. */
  duration(name: string): number | undefined {
    const text = this.str(name);
    return text === undefined ? undefined : duration(text);
  }

  int(name: string): number | undefined {
    const text = this.str(name);
    if (text === undefined) return undefined;
    if (!/^[+-]?\d+$/.test(text)) throw new CommandError(`Invalid number '${text}' for --${name}`);
    return Number(text);
  }
}

/** Seconds of `1.5`, `10s`, `5m`, `2h`, `1d` (docs/protocol/cron-heartbeat-barrier.md §2). */
export function duration(text: string): number {
  const match = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text);
  if (!match) throw new CommandError(`Invalid duration '${text}'`);
  return Number(match[1]) * UNITS[match[2]!]!;
}

/** Reads the options of a sub-command: they end at the first word that is none. */
export function parse(ctx: CommandContext, spec: CronCommandSpec, argv: readonly string[]): CronOptions {
  const help: OptionSpec = { name: 'help', key: 'h', help: 'Display this message.' };
  const values = new Map<string, string | undefined>();
  try {
    const scanner = scan([help, ...(spec.options ?? [])], argv);
    for (;;) {
      const step = scanner.next();
      if (step.done) return new CronOptions(spec, values, step.value);
      if (step.value.spec === help) throw new CommandExit(0, { stderr: usageOf(ctx, spec) });
      values.set(step.value.spec.name, step.value.value);
    }
  } catch (e) {
    if (e instanceof ScanError) throw new CommandExit(1, { stderr: `${problemText(e.problem)}\n` });
    throw e;
  }
}

/** The usage text of a sub-command. */
export function usageOf(ctx: CommandContext, { name, usage, summary, options = [], notes = '' }: CronCommandSpec): string {
  return `Usage: ${ctx.full} ${name} ${usage}\n${summary}\n${optionList(options, 25, usageWidth(ctx.env))}${notes}`;
}

function problemText(problem: ScanProblem): string {
  const option = problem.typed.startsWith('--') ? problem.typed.split('=')[0] : `-${problem.typed}`;
  switch (problem.kind) {
    case 'unknown':
      return `Unknown option \`${option}'`;
    case 'ambiguous':
      return `Option \`${option}' is ambiguous: ${problem.candidates.map((spec) => `--${spec.name}`).join(', ')}`;
    case 'missing':
      return `Option \`${option}' requires an argument`;
    case 'extra':
      return `Option \`${option}' takes no argument`;
  }
}
