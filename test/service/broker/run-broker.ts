import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { Pty } from '../../../core/sys/pty';
import { spawnProcess } from '../../../core/sys/spawn';

/** The built tree. */
export const tree = path.resolve(__dirname, '../../..');

export interface Ended {
  /** Exit code, or 128 + signal. */
  code: number;
  stdout: string;
  stderr: string;
}

/** A flux-broker of one, in a process of its own. */
export interface RunningBroker {
  ended: Promise<Ended>;
  pid: number;
  /** Resolves when its output has this text. */
  output(text: string): Promise<void>;
  kill(signal: number): void;
  /** What a user types on its terminal. */
  type(keys: string): void;
}

export interface StartOptions {
  /** What it reads; default nothing. */
  stdin?: string;
  cwd?: string;
  /** On a terminal of its own: what it prints is all in `stdout`. */
  terminal?: boolean;
}

/** Starts flux-broker with only those run levels that are given. */
export function startBroker(
  args: readonly string[],
  env: Record<string, string | undefined> = {},
  { stdin, cwd, terminal = false }: StartOptions = {},
): RunningBroker {
  const program = `require(${JSON.stringify(path.join(tree, 'core/broker/main.js'))}).main(process.argv.slice(1)).then((status) => process.exit(status))`;
  const pty = terminal ? new Pty({ rows: 24, cols: 80 }) : undefined;
  const child = spawnProcess({
    argv: [process.execPath, '-e', program, '--', '-Sbroker.rc1_path=', '-Sbroker.rc3_path=', ...args],
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      SHELL: '/bin/sh',
      FLUX_EXEC_PATH: '/nonexistent',
      FLUX_CONNECTOR_PATH: '/nonexistent',
      FLUX_MODULE_PATH: tree,
      FLUX_PMI_LIBRARY_PATH: '/nonexistent',
      ...env,
    },
    ...(cwd === undefined ? {} : { cwd }),
    ...(pty ? { terminal: pty.slave } : { stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] }),
  });
  child.stdin?.end(stdin ?? '');
  const outputs = { stdout: pty?.stream ?? child.stdout!, stderr: child.stderr };
  let stdout = '';
  let stderr = '';
  const waiting: (() => void)[] = [];
  const gather = (stream: Readable | null, take: (text: string) => void) => {
    stream?.on('data', (chunk: Buffer) => {
      take(chunk.toString());
      for (const wake of waiting.splice(0)) wake();
    });
    stream?.once('end', () => stream.destroy()); // a terminal’s stays open otherwise
    return new Promise<void>((resolve) => (stream ? stream.once('close', resolve) : resolve()));
  };
  const closed = [gather(outputs.stdout, (text) => void (stdout += text)), gather(outputs.stderr, (text) => void (stderr += text))];
  const ended = child.exited.then(async ({ code, signal }) => {
    await Promise.all(closed);
    for (const wake of waiting.splice(0)) wake();
    return { code: code ?? 128 + signal!, stdout, stderr };
  });
  return {
    ended,
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    type: (keys) => void pty!.stream.write(keys),
    output: async (text) => {
      while (!stdout.includes(text) && !stderr.includes(text)) {
        if (!child.running) throw new Error(`ended without saying ${text}:\n${stdout}${stderr}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

export const runBroker = (args: readonly string[], env?: Record<string, string | undefined>) => startBroker(args, env).ended;

/** A folder that is removed at the end of the file. */
export function scratchFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-broker-test-'));
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Shell words that run a piece of JavaScript with a handle `flux` on the broker. */
export function script(body: string): string[] {
  const code = `const { Flux } = require(${JSON.stringify(path.join(tree, 'core/index.js'))});
    Flux.open().then(async (flux) => { try { ${body} } finally { flux.close(); } }).catch((e) => { console.error(e.message); process.exit(9); });`;
  return [process.execPath, '-e', code];
}
