import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { type Command, type CommandContext, commandTexts, type Output } from '../../cli/command';

/** What a command printed and returned. */
export interface CommandResult {
  status: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  stdin?: string | Uint8Array;
  /** Descriptors that are terminals; default none. */
  terminals?: (0 | 1 | 2)[];
  /** Other commands that this one may run or look up. */
  commands?: Command[];
  /** Emit a signal's name here to send it to the command. */
  signals?: EventEmitter;
  /** Stands for execvp(3); default: fails with ENOENT. */
  exec?: CommandContext['exec'];
  frontEnv?: Record<string, string | undefined>;
  /** Gets what it writes, to whichever stream, in order. */
  onWrite?: (text: string) => void;
}

/** Runs a command in this process. */
export async function runCli(command: Command, argv: string[], options: RunOptions = {}): Promise<CommandResult> {
  const [stdout, stderr] = memories(options);
  const status = await command.execute(contextOf(command, argv, options, [stdout, stderr]));
  return { status, stdout: stdout.text, stderr: stderr.text };
}

/** The context of a command in this process, for what needs no more of it; what it writes goes to memory. */
export function contextOf(
  command: Command,
  argv: string[],
  options: RunOptions,
  [stdout, stderr]: readonly [Output, Output] = memories(options),
): CommandContext {
  const signals = options.signals ?? new EventEmitter();
  const find = (name: string) => options.commands?.find((other) => other.name === name);
  return {
    ...commandTexts(command),
    argv,
    env: { COLUMNS: '80', ...options.env },
    frontEnv: options.frontEnv ?? {},
    frontHelp: () => 'Usage: flux [OPTIONS] COMMAND ARGS\n',
    frontCommands: () => (options.commands ?? []).map(({ name, summary }) => ({ name, summary })),
    loadCommand: find,
    cwd: options.cwd ?? process.cwd(),
    stdin: Readable.from([Buffer.from(options.stdin ?? '')]),
    stdout,
    stderr,
    isTTY: (fd) => options.terminals?.includes(fd) ?? false,
    onSignal(signal, handler) {
      signals.on(signal, handler);
      return () => void signals.off(signal, handler);
    },
    exec: options.exec ?? (() => Promise.reject(Object.assign(new Error('No such file or directory'), { code: 'ENOENT', errnum: 2 }))),
    async runCommand(name, args) {
      const other = find(name);
      if (!other) throw new Error(`the test gave no command ${name}`);
      return other.execute(contextOf(other, args, options, [stdout, stderr]));
    },
  };
}

const memories = (options: RunOptions) =>
  ([1, 2] as const).map((fd) => new Memory(options.terminals?.includes(fd) ?? false, options.onWrite)) as [Memory, Memory];

class Memory implements Output {
  text = '';

  constructor(
    readonly isTTY: boolean,
    readonly onWrite: (text: string) => void = () => {},
  ) {}

  write(data: string | Uint8Array): void {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString();
    this.text += text;
    this.onWrite(text);
  }
}
