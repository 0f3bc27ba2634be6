import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { toFluxError } from '../sys/errors';
import { parseArguments } from './arguments';
import { builtinStack } from './builtins';
import { installation, shellOptions } from './options';
import { runShell } from './run';
import { JobShell } from './shell';
import type { ShellOptions } from './shell-options';

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
      if (shell.deliverSignal(os.constants.signals[name])) return;
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

/** Writes all of it, also to a descriptor that somebody has made non-blocking. */
function writeAll(fd: number, data: string | Buffer): void {
  let rest = Buffer.from(data);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(fd, rest));
    } catch (e) {
      if (toFluxError(e).code !== 'EAGAIN') return; // nobody reads it: there is no one left to tell
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

if (require.main === module) void main(process.argv.slice(2)).then((status) => process.exit(status));
