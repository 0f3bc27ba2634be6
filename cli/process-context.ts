import type { Readable } from 'node:stream';
import { type Command, type CommandContext, type CommandEntry, commandTexts } from './command';
import { FdOutput, isTerminal } from './output';

/** What the process knows beyond a command: how to find other commands. */
export interface Host {
  /** A command of this installation, or undefined. */
  loadCommand(name: string): Command | undefined;
  /** What an executable of this installation runs (flux-broker, flux-shell), or undefined if `file` is none of those. */
  ownProgram(file: string): ((argv: string[]) => Promise<number>) | undefined;
  /** What the front end has set in the environment. */
  readonly frontEnv: Readonly<Record<string, string | undefined>>;
  /** The text of `flux --help`. */
  help(): string;
  /** The commands that can be run: those of `flux --help`, and the programs in FLUX_EXEC_PATH. */
  commands(): CommandEntry[];
}

const stdout = new FdOutput(1);
const stderr = new FdOutput(2);

/** The context of a command that runs as the process it is in. */
export function processContext(command: Command, argv: string[], host: Host): CommandContext {
  return {
    ...commandTexts(command),
    argv,
    env: process.env,
    frontEnv: host.frontEnv,
    frontHelp: () => host.help(),
    frontCommands: () => host.commands(),
    loadCommand: (name) => host.loadCommand(name),
    cwd: currentDirectory(),
    get stdin(): Readable {
      return process.stdin;
    },
    stdout,
    stderr,
    isTTY: isTerminal,
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => void process.off(signal, handler);
    },
    async exec(file, argv, env = process.env) {
      // A program of our own needs no other process: that saves the start of a second Node.
      const own = env === process.env ? host.ownProgram(file) : undefined;
      return own ? own(argv.slice(1)) : execProgram(file, argv, env);
    },
    async runCommand(name, args) {
      const other = host.loadCommand(name);
      if (!other) throw new Error(`no command ${name}`);
      return other.execute(processContext(other, args, host));
    },
  };
}

/** Replaces the process; returns only by throwing. */
export async function execProgram(file: string, argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { execProcess } = await import('../core/sys/exec.js');
  return execProcess(argv, { file, env });
}

/** The working directory; empty when it is gone (`flux start` has a text for that). */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '';
  }
}
