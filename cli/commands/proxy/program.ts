import { errorText } from '../../../core/sys/errors';
import { signals } from '../../../core/sys/signals';
import { type Child, spawnProcess } from '../../../core/sys/spawn';
import { shellExitCode } from '../../../core/sys/waitstatus';
import { type CommandContext, CommandError } from '../../command';

/** Signals that the terminal sends to the program as well: it decides. */
const fromTerminal = ['SIGINT', 'SIGQUIT'] as const;
/** Signals that reach only us. */
const forwarded = ['SIGTERM', 'SIGHUP'] as const;

/** Runs the user's shell, or the words as its command line, with FLUX_URI set; gives the exit status as a shell does. */
export async function runProgram(ctx: CommandContext, words: string[], uri: string): Promise<number> {
  const shell = ctx.env['SHELL'] || '/bin/sh';
  const argv = words.length > 0 ? [shell, '-c', words.join(' ')] : [shell];
  const child = start(argv, { ...ctx.env, FLUX_URI: uri });
  const undo = [
    ...fromTerminal.map((signal) => ctx.onSignal(signal, () => {})),
    ...forwarded.map((signal) => ctx.onSignal(signal, () => forward(child, signal))),
  ];
  try {
    return shellExitCode((await child.exited).status);
  } finally {
    for (const off of undo) off();
  }
}

function start(argv: string[], env: NodeJS.ProcessEnv): Child {
  try {
    return spawnProcess({ argv, env, stdio: ['inherit', 'inherit', 'inherit'] });
  } catch (e) {
    throw new CommandError(`${argv[0]}: ${errorText(e)}`);
  }
}

function forward(child: Child, signal: (typeof forwarded)[number]): void {
  if (child.running) child.kill(signals[signal]);
}
