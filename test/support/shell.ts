import os from 'node:os';
import path from 'node:path';
import { getAffinity } from '../../core/sys/affinity';
import { type Child, spawnProcess } from '../../core/sys/spawn';
import { shellExitCode } from '../../core/sys/waitstatus';

/** The folder of `./flux`. */
export const root = path.resolve(__dirname, '../../..');

/** What a program printed, and its exit code as a shell would say it (128+signo). */
export interface Ran {
  exit: number;
  stdout: string;
  stderr: string;
}

export interface ShellOptions {
  cwd: string;
  env: Record<string, string | undefined>;
  stdin?: string;
}

const running = new Set<Child>();

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
  };
}

/** Runs a line with /bin/sh, in a process group of its own. */
export const shell = (line: string, options: ShellOptions): Promise<Ran> => runProgram(['/bin/sh', '-c', line], options);

/** Runs a program to its end. */
export async function runProgram(argv: string[], { cwd, env, stdin = '' }: ShellOptions): Promise<Ran> {
  const child = spawnProcess({ argv, env, cwd, stdio: ['pipe', 'pipe', 'pipe'], pgroup: 'new' });
  running.add(child);
  child.stdin!.on('error', () => {}); // it need not read its input
  child.stdin!.end(stdin);
  const [stdout, stderr, { status }] = await Promise.all([textOf(child.stdout!), textOf(child.stderr!), child.exited]);
  child.closeStdio();
  running.delete(child);
  return { exit: shellExitCode(status), stdout, stderr };
}

/** Ends what a failed test has left running. For afterEach. */
export function killRunning(): void {
  for (const child of running) child.killGroup(9);
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
    const argv = [path.join(root, 'flux'), 'start', `-s${size}`, 'flux getattr local-uri; exec cat'];
    const stdio = ['pipe', 'pipe', 'ignore'] as const;
    // Two cores a broker, as the recorder's machine had.
    const child = spawnProcess({ argv, env: plainEnvironment(cwd), cwd, stdio, affinity: getAffinity().slice(0, 2) });
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

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
