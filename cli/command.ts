import type { Readable } from 'node:stream';
import { errorMessage, errorStack, toFluxError } from '../core/sys/errors';
import { CommandError, CommandExit } from './args/exit';
import type { Grammar } from './args/grammar';
import { mustBeTexts } from './text';

export { CommandError, CommandExit, failed, failedText } from './args/exit';

/** What a command's run returns: its exit status, nothing meaning 0. */
export type CommandStatus = Promise<number | undefined> | Promise<void> | number | undefined | void;

/** Where a command writes. Writes are complete when they return, in order, as a C tool's are. */
export interface Output {
  readonly isTTY: boolean;
  /** Width in characters, where it is a terminal that knows it. */
  readonly columns?: number;
  write(data: string | Uint8Array): void;
  /** From now on what nobody reads is dropped: for a command that has others to end before itself. */
  outlive?(): void;
}

/** A command by its name, and what it does in one line; empty where nobody has said. */
export interface CommandEntry {
  name: string;
  summary: string;
}

/** All that a command gets from the world: so it runs in a test's process as well as behind `./flux`. */
export interface CommandContext {
  /** The command's word: `kvs`. */
  readonly name: string;
  /** The program in usage texts: `flux-kvs`, or `flux getattr` for commands built into the front end. */
  readonly full: string;
  /** The prefix of error messages: `flux-kvs`. */
  readonly prog: string;
  /** One line that says what the command does. */
  readonly summary: string;
  /** Arguments after the command's name. */
  readonly argv: string[];
  readonly env: NodeJS.ProcessEnv;
  /** What the front end has set in `env` (flux(1)), in order; a removed variable is undefined. For `flux env`. */
  readonly frontEnv: Readonly<Record<string, string | undefined>>;
  /** The text of `flux --help`. */
  frontHelp(): string;
  /** The commands that can be run: those of `flux --help`, and the programs in FLUX_EXEC_PATH. */
  frontCommands(): CommandEntry[];
  /** Another command of this installation, or undefined. */
  loadCommand(name: string): Command | undefined;
  readonly cwd: string;
  /** Opened when first used. `stdin.isTTY` without opening it: `isTTY(0)`. */
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  isTTY(fd: 0 | 1 | 2): boolean;
  /** Calls `handler` for each such signal until the returned function is called; the signal's default action is off meanwhile. */
  onSignal(signal: NodeJS.Signals, handler: (signal: NodeJS.Signals) => void): () => void;
  /**
   * Replaces the process by a program (execvp: `file` is searched in env.PATH unless it has a slash; `argv` includes argv[0]). Throws a
   * FluxError if that fails. In a test the program is run instead, and its exit status returned.
   */
  exec(file: string, argv: string[], env?: NodeJS.ProcessEnv): Promise<number>;
  /** Runs another command in this process, with this context's streams (`flux mini run` runs `flux job attach`). */
  runCommand(name: string, argv: string[]): Promise<number>;
}

/** A command as it is declared. */
export interface CommandSpec {
  name: string;
  /** One line for `flux help`. */
  summary: string;
  /** Paragraphs for `flux help NAME`, in plain text or Markdown. */
  details?: string;
  /** Examples for `flux help NAME`: what it does, the command line. */
  examples?: [string, string][];
  /** Usage line for `flux help NAME`, for a command that has no `--help`; else that output is shown. */
  usage?: string;
  /** Group in the list of `flux help`; `hidden` keeps a command out of it. */
  category?: string;
  /** `c` (default) or `python`: the shape of errors (docs/protocol/cli.md §1.1, §1.2). */
  family?: 'c' | 'python';
  /** Belongs to the front end: no executable of that name on FLUX_EXEC_PATH can replace it, and usage texts say `flux NAME`. */
  builtin?: boolean;
  /** Prefix of error messages where it is not `flux-NAME`. */
  prog?: string;
  /** Whether its arguments may be any bytes: it hands them on as they are, or checks them itself. Default: they must be text. */
  takesBytes?: (argv: readonly string[]) => boolean;
  /** What may stand on its line, for `flux help NAME` and completion; what getopt() makes tells it itself. */
  grammar?(): Grammar;
  /** Returns the exit status; undefined is 0. Errors thrown are printed by execute(). */
  run: CommandRun;
}

/** What runs a command. */
export interface CommandRun {
  (ctx: CommandContext): CommandStatus;
  grammar?(): Grammar;
}

/** A command of flux: what `cli/commands/NAME.ts` exports as default. */
export interface Command extends CommandSpec {
  /**
   * Runs the command, prints what it throws in its family's shape, and returns the exit status. It comes with the command's own bundle, so that it
   * knows that bundle's error classes.
   */
  execute(ctx: CommandContext): Promise<number>;
}

/** Declares a command. */
export function defineCommand(spec: CommandSpec): Command {
  const grammar = spec.grammar ?? spec.run.grammar;
  return { ...spec, ...(grammar ? { grammar } : {}), execute: (ctx) => execute(spec, ctx) };
}

/** The names a command goes by in texts, and its own line. */
export function commandTexts(command: CommandSpec): Pick<CommandContext, 'name' | 'full' | 'prog' | 'summary'> {
  const { name, summary, builtin, prog } = command;
  return { name, summary, full: `flux${builtin ? ' ' : '-'}${name}`, prog: prog ?? `flux-${name}` };
}

/** The context with some parts replaced; the rest (stdin among it) is not touched. */
export function deriveContext(ctx: CommandContext, changes: Partial<CommandContext>): CommandContext {
  return Object.assign(Object.create(ctx) as CommandContext, changes);
}

async function execute(command: CommandSpec, ctx: CommandContext): Promise<number> {
  try {
    if (!command.takesBytes?.(ctx.argv)) mustBeTexts(ctx.argv);
    return ((await command.run(ctx)) as number | undefined) ?? 0;
  } catch (thrown) {
    const e = asTold(thrown);
    if (e instanceof CommandExit) {
      ctx.stdout.write(e.stdout);
      ctx.stderr.write(e.stderr);
      return e.status;
    }
    ctx.stderr.write(command.family === 'python' ? pythonError(ctx, e) : `${ctx.prog}: ${textOf(ctx, e)}\n`);
    return e instanceof CommandError ? e.status : 1;
  }
}

/** What the system refuses without a file being named (a full disk behind stdout) is told in the system's words, not in Node's. */
function asTold(e: unknown): unknown {
  const { syscall, path } = e instanceof Error ? (e as NodeJS.ErrnoException) : {};
  return syscall !== undefined && path === undefined ? toFluxError(e) : e;
}

function pythonError(ctx: CommandContext, e: unknown): string {
  // A FluxError, also one of another bundle.
  const text = e instanceof Error && 'errnum' in e ? `[Errno ${e.errnum}] ${e.message}` : textOf(ctx, e);
  return `${ctx.prog}: ERROR: ${text}\n`;
}

/** An unforeseen error (a bug) shows its stack when FLUX_CLI_TRACE is set. */
function textOf(ctx: CommandContext, e: unknown): string {
  return ctx.env['FLUX_CLI_TRACE'] ? errorStack(e) : errorMessage(e);
}
