import os from 'node:os';
import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';
import { shellExitCode } from '../../core/sys/waitstatus';

/** The tree that is tested. */
export const root = path.resolve(__dirname, '../../..');

export interface Ran {
  pid: number;
  /** As a shell gives it. */
  status: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  cwd?: string;
  /** Beside PATH, HOME, LANG and SHELL. */
  env?: Record<string, string>;
}

/** Runs `./flux ARGS` to its end, in a fresh environment. */
export async function runFlux(args: readonly string[], { cwd = os.tmpdir(), env = {} }: RunOptions = {}): Promise<Ran> {
  const child = spawnProcess({
    argv: [path.join(root, 'flux'), ...args],
    env: { PATH: process.env['PATH'], HOME: cwd, LANG: 'C.UTF-8', SHELL: '/bin/bash', ...env },
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, { status }] = await Promise.all([read(child.stdout), read(child.stderr), child.exited]);
  return { pid: child.pid, status: shellExitCode(status), stdout, stderr };
}

/** Runs a line of shell inside a fresh instance of `./flux start`. */
export function inside(size: number, line: string, cwd?: string): Promise<Ran> {
  return runFlux(['start', `-s${size}`, line], cwd === undefined ? {} : { cwd });
}

async function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream!) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
