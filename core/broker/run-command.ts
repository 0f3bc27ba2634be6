import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { LogLevel } from '../handle/log-entry';
import { errorText } from '../sys/errors';
import { loopTurns } from '../sys/loop-turns';
import { type Child, spawnProcess } from '../sys/spawn';
import { strsignal } from '../sys/strsignal';
import { shellExitCode } from '../sys/waitstatus';

/** How a command ended: `what` in words for the log, `rc` as a shell gives it, `reason` why it could not be started. */
export interface CommandResult {
  rc: number;
  what: string;
  reason?: string;
}

/** A command that runs. */
export interface RunningCommand {
  done: Promise<CommandResult>;
  /** Signals it (its process only); an end with exit code 0 then counts as 1. */
  abort(signal: number): void;
}

/** A command of a run level: a program, or something the broker does itself. */
export interface Command {
  /** As the log shows it. */
  label: string;
  /** `onLine` gets what it prints, with the log level it is worth. */
  start(onLine: (level: LogLevel, line: string) => void): RunningCommand;
}

/** A program to run: `argv[0]` is its name, `env` its whole environment. */
export interface ProgramOptions {
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Output is logged, or goes where the broker's goes (then input comes from there too). */
  stdio: 'logged' | 'inherited';
}

/** A program, as a command (docs/protocol/broker.md §9, "Running commands"). */
export function programCommand(options: ProgramOptions): Command {
  return { label: options.argv.join(' '), start: (onLine) => startProgram(options, onLine) };
}

function startProgram({ argv, env, cwd, stdio }: ProgramOptions, onLine: (level: LogLevel, line: string) => void): RunningCommand {
  let child: Child;
  try {
    child = spawnProcess({ argv, env, cwd, stdio: stdio === 'logged' ? ['ignore', 'pipe', 'pipe'] : ['inherit', 'inherit', 'inherit'] });
  } catch (e) {
    const reason = `${argv[0]}: ${errorText(e)}`;
    return { done: Promise.resolve({ rc: 1, what: 'error starting command', reason }), abort: () => {} };
  }
  let aborted = false;
  const output = [
    readLines(child.stdout, (line) => onLine(LogLevel.info, line)),
    readLines(child.stderr, (line) => onLine(LogLevel.err, line)),
  ];
  return {
    done: finished(child, output, () => aborted),
    abort: (signal) => {
      aborted = true;
      if (child.running) child.kill(signal);
    },
  };
}

/** Output that a command's children keep open past its end is not waited for. */
async function finished(child: Child, output: readonly Promise<void>[], aborted: () => boolean): Promise<CommandResult> {
  const { status, code, signal } = await child.exited;
  await Promise.race([Promise.all(output), loopTurns()]); // what was written before the exit has been read then
  for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  if (signal !== undefined) return { rc: shellExitCode(status), what: strsignal(signal) };
  if (aborted() && code === 0) return { rc: 1, what: 'aborted after exit with rc=0' };
  return { rc: code ?? 1, what: 'Exited' };
}

async function readLines(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) onLine(line);
}
