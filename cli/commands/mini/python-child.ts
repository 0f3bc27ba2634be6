import { text } from 'node:stream/consumers';
import { errorText, isErrno } from '../../../core/sys/errors';
import { kill, killIfThere, signals } from '../../../core/sys/signals';
import { type Child, spawnProcess } from '../../../core/sys/spawn';
import { describeStatus, endedBySignal, terminatingSignal } from '../../../core/sys/waitstatus';
import { type CommandContext, CommandError } from '../../command';
import { pythonProgram } from './python-program';

/** What Python is asked for: the values of expressions for texts, in this order. */
export interface PythonRequest {
  /** Names and expressions of `x`. */
  definitions: (readonly [name: string, code: string])[];
  /** Which definition, and what `x` is. */
  calls: (readonly [definition: number, x: string])[];
}

/** The values of the calls up to the one that failed, or of none if a definition can't be compiled. */
export interface PythonAnswer {
  /** str() of a value; of each item, if it is a list. */
  values: (string | string[])[];
  /** str() of the exception. */
  error?: string;
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Has one python3 evaluate all. A signal that ends the command ends it, too, and the other way round. @throws CommandError if there is none in PATH, or if it ended without an
 * answer
 */
export async function askPython(ctx: CommandContext, request: PythonRequest): Promise<PythonAnswer> {
  const child = startPython(ctx);
  let ended: (typeof endings)[number] | undefined;
  const stops = endings.map((signal) =>
    ctx.onSignal(signal, () => {
      ended = signal;
      killIfThere(child.pid, signals.SIGKILL);
    }),
  );
  try {
    child.stdin!.on('error', () => {}); // one that has ended reads no more: what it has answered tells
    child.stdin!.end(JSON.stringify(request));
    const [answer, { status }] = await Promise.all([text(child.stdio[3]!), child.exited]);
    // Ctrl-C goes to both, and may be seen here by the end of the other first.
    ended ??= endings.find((signal) => endedBySignal(status) && terminatingSignal(status) === signals[signal]);
    if (ended === undefined) return answered(answer, status);
  } finally {
    for (const stop of stops) stop();
    child.closeStdio();
  }
  kill(process.pid, signals[ended]);
  throw new CommandError(`interrupted by ${ended}`);
}

function startPython({ env, cwd }: CommandContext): Child {
  try {
    return spawnProcess({
      argv: ['python3', '-c', pythonProgram],
      env,
      ...(cwd === '' ? {} : { cwd }),
      stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
    });
  } catch (e) {
    const reason = isErrno(e, 'ENOENT') ? ', which is not in PATH' : `: ${errorText(e)}`;
    throw new CommandError(`--define needs python3${reason}`, 1, { cause: e });
  }
}

function answered(answer: string, status: number): PythonAnswer {
  if (answer === '') throw new CommandError(`python3, which --define needs, ${describeStatus(status)} and gave no answer`);
  return JSON.parse(answer) as PythonAnswer;
}
