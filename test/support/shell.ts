import os from 'node:os';
import path from 'node:path';
import { getAffinity } from '../../core/sys/affinity';
import { signals } from '../../core/sys/signals';
import { type Child, spawnProcess } from '../../core/sys/spawn';
import { shellExitCode } from '../../core/sys/waitstatus';
import { flux, type Ran, type Running, root, start } from '../e2e/processes';
import { scratchEnv } from './scratch';

export { type Ran, root } from '../e2e/processes';

export interface ShellOptions {
  cwd: string;
  env: Record<string, string | undefined>;
  stdin?: string;
}

const running = new Set<Running>();

/** The environment that recorded command lines have: nothing of the caller's but its name, and `./flux` first in PATH. */
export function plainEnvironment(home: string): Record<string, string | undefined> {
  const { username } = os.userInfo();
  return {
    PATH: [root, path.dirname(process.execPath), '/usr/bin', '/bin', '/usr/sbin', '/sbin'].join(':'),
    LANG: 'C.UTF-8',
    COLUMNS: '80',
    TERM: 'dumb',
    SHELL: '/bin/bash',
    USER: username,
    LOGNAME: username,
    HOME: home,
    // The marks of the test file (scratchEnv) are no part of it: the recordings show the environment, and names in /tmp.
    ...Object.fromEntries(Object.keys(scratchEnv()).map((name) => [name, undefined])),
  };
}

/** Runs a line with /bin/sh, in a process group of its own. */
export const shell = (line: string, options: ShellOptions): Promise<Ran> => runProgram(['/bin/sh', '-c', line], options);

/** Runs a program to its end. */
export async function runProgram(argv: string[], options: ShellOptions): Promise<Ran> {
  const program = start(argv, { stdin: '', ...options, group: true });
  running.add(program);
  const ran = await program.ended;
  running.delete(program);
  return ran;
}

/** Ends what a failed test has left running. For afterEach. */
export function killRunning(): void {
  for (const program of running) program.kill(signals.SIGKILL);
}

/** An instance of `./flux start`, for commands that run outside of it. */
export class FluxInstance {
  readonly uri: string;
  readonly #child: Child;

  private constructor(child: Child, uri: string) {
    this.#child = child;
    this.uri = uri;
  }

  static async start(size: number, cwd: string): Promise<FluxInstance> {
    // The initial program lives as long as its input.
    const argv = [flux, 'start', `-s${size}`, 'flux getattr local-uri; exec cat'];
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    // Two cores a broker, as the recorder's machine had.
    const child = spawnProcess({
      argv,
      env: { ...plainEnvironment(cwd), ...scratchEnv() },
      cwd,
      stdio,
      affinity: getAffinity().slice(0, 2),
    });
    const uri = await new Promise<string>((resolve, reject) => {
      let text = '';
      child.stdout!.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (text.endsWith('\n')) resolve(text.trim());
      });
      void child.exited.then(() => reject(new Error(`flux start -s${size} has ended`)));
    });
    return new FluxInstance(child, uri);
  }

  get rundir(): string {
    return path.dirname(this.uri.replace('local://', ''));
  }

  /** Ends it and gives its exit code. */
  async stop(): Promise<number> {
    this.#child.stdin!.end();
    const { status } = await this.#child.exited;
    this.#child.closeStdio();
    return shellExitCode(status);
  }
}
