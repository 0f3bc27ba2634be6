import path from 'node:path';
import { signals } from '../../sys/signals';
import { writeFully } from '../../sys/write-fully';
import { JobShell } from '../job/shell';
import { runShell } from '../run';
import type { ShellOptions } from '../shell-options';
import { builtinStack } from '../stack/builtins';
import { parseArguments } from './arguments';
import { installation, shellOptions } from './options';

/** The program flux-shell(1): one shell in a process of its own. Gives its exit status. */
export async function main(argv: string[]): Promise<number> {
  const args = parseArguments(argv);
  if ('status' in args) {
    writeAll(2, args.stderr);
    return args.status;
  }
  const options: ShellOptions = {
    ...shellOptions(args, { env: process.env, cwd: process.cwd(), userid: process.getuid!() }),
    stdout: (data) => writeAll(1, data),
    stderr: (text) => writeAll(2, text),
  };
  const stack = builtinStack(path.join(installation(), 'shell-plugins'), (line) => options.stderr(`flux-shell: ${line}\n`));
  const shell = new JobShell(options, stack);
  const stop = forwardSignals(shell);
  process.setUncaughtExceptionCaptureCallback((e) => shell.reportStray(e)); // rejections that nobody handles come here, too
  try {
    return await runShell(shell);
  } finally {
    stop();
    stack.dispose();
  }
}

/** A signal before the shell is ready for it does what it does to any process. */
function forwardSignals(shell: JobShell): () => void {
  const listeners = (['SIGINT', 'SIGTERM', 'SIGALRM'] as const).map((name) => {
    const listener = () => {
      if (shell.deliverSignal(signals[name])) return;
      process.off(name, listener);
      process.kill(process.pid, name);
    };
    process.on(name, listener);
    return () => process.off(name, listener);
  });
  return () => {
    for (const stop of listeners) stop();
  };
}

/** Writes output. What can't be written (nobody reads it, the disk behind it is full) is lost: there is no one left to tell. */
function writeAll(fd: number, data: string | Buffer): void {
  try {
    writeFully(fd, data);
  } catch {}
}

if (require.main === module) void main(process.argv.slice(2)).then((status) => process.exit(status));
