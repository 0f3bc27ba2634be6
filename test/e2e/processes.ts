import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';
import { shellExitCode } from '../../core/sys/waitstatus';
import { scratchEnv } from '../support/scratch';

export const root = path.resolve(__dirname, '../../..');
/** The front end of this tree, as a user runs it. */
export const flux = path.join(root, 'flux');

/** What a program has left behind. */
export interface Ran {
  pid: number;
  /** Exit code, or 128 + signal. */
  status: number;
  stdout: string;
  stderr: string;
}

/** A program that runs. */
export interface Running {
  pid: number;
  ended: Promise<Ran>;
  kill(signal: number): void;
  /** Resolves to its standard output so far, once that has this text; rejects if it ends before. */
  says(text: string): Promise<string>;
  /** The same of its standard error. */
  complains(text: string): Promise<string>;
}

export interface RunOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** What it reads; default: it has no input. */
  stdin?: string;
  /** It leads a process group, and all of the group is signaled. */
  group?: boolean;
}

/** Starts a program with a small environment of its own, and what `env` adds. */
export function start(argv: string[], { env = {}, cwd = os.tmpdir(), stdin, group = false }: RunOptions = {}): Running {
  const own = { PATH: process.env['PATH'], HOME: cwd, LANG: 'C.UTF-8', SHELL: '/bin/bash', ...scratchEnv(), ...env };
  const stdio = [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] as const;
  const child = spawnProcess({ argv, env: own, cwd, stdio, ...(group ? { pgroup: 'new' } : {}) });
  child.stdin?.on('error', () => {}); // it need not read its input
  if (stdin !== undefined) child.stdin!.end(stdin);
  const stdout = new Output(child.stdout!);
  const stderr = new Output(child.stderr!);
  const ended = Promise.all([stdout.whole, stderr.whole, child.exited]).then(([stdout, stderr, { status }]) => {
    child.closeStdio();
    return { pid: child.pid, status: shellExitCode(status), stdout, stderr };
  });
  const kill = (signal: number) => void (group ? child.killGroup(signal) : child.running && child.kill(signal));
  return { pid: child.pid, ended, kill, says: (text) => stdout.has(text), complains: (text) => stderr.has(text) };
}

/** What a program writes, as it comes. */
class Output {
  readonly whole: Promise<string>;
  readonly #waiting = new Set<() => void>();
  #text = '';
  #ended = false;

  constructor(stream: NodeJS.ReadableStream) {
    this.whole = this.#read(stream);
  }

  async has(text: string): Promise<string> {
    while (!this.#text.includes(text)) {
      if (this.#ended) throw new Error(`ended without saying ${text}:\n${this.#text}`);
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
    return this.#text;
  }

  async #read(stream: NodeJS.ReadableStream): Promise<string> {
    stream.setEncoding('utf8');
    for await (const chunk of stream) this.#took(chunk as string);
    this.#ended = true;
    this.#took('');
    return this.#text;
  }

  #took(chunk: string): void {
    this.#text += chunk;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** Runs a program to its end. */
export const run = (argv: string[], options?: RunOptions): Promise<Ran> => start(argv, options).ended;

/** Runs `./flux ARGS` to its end. */
export const runFlux = (args: readonly string[], options?: RunOptions): Promise<Ran> => run([flux, ...args], options);

/** Runs a line of shell inside a fresh instance of ./flux start. */
export const inside = (size: number, line: string, cwd?: string): Promise<Ran> =>
  run([flux, 'start', `-s${size}`, line], cwd === undefined ? {} : { cwd });

/** Is there such a program on PATH? */
export function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((dir) => fs.existsSync(path.join(dir, program)));
}

/** Declares a test that needs something of this machine: without it, it is skipped, and its name says why. */
export function testWith(available: boolean, missing: string, name: string, body: () => Promise<void>, timeout?: number): void {
  if (available) test(name, body, timeout);
  else test.skip(`${name} (skipped: ${missing})`, body);
}
