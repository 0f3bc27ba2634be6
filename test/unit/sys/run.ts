import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { type Child, type ChildExit, type SpawnOptions, spawnProcess } from '../../../core/sys/spawn';

/** PATH and nothing else: what the tests' children get unless they say otherwise. */
export const plainEnv = { PATH: '/usr/local/bin:/usr/bin:/bin' };

/** What a process wrote, and how it ended. */
export interface Result {
  stdout: string;
  stderr: string;
  exit: ChildExit;
}

/** Runs a program to its end, with its output captured unless `stdio` is given. */
export async function run(argv: readonly string[], options: Partial<SpawnOptions> = {}): Promise<Result> {
  return finish(spawnProcess({ env: plainEnv, stdio: ['ignore', 'pipe', 'pipe'], ...options, argv }));
}

/** Runs a shell script to its end. */
export const sh = (script: string, options: Partial<SpawnOptions> = {}): Promise<Result> => run(['sh', '-c', script], options);

export async function finish(child: Child): Promise<Result> {
  const [exit, stdout, stderr] = await Promise.all([child.exited, text(child.stdout), text(child.stderr)]);
  return { exit, stdout, stderr };
}

/** All that a stream gives until its end; empty for no stream. The stream's other direction stays open. */
export async function text(stream: Readable | null): Promise<string> {
  if (stream === null) return '';
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.resume();
  await once(stream, 'end');
  return Buffer.concat(chunks).toString();
}

/** Reads until the output so far satisfies `enough`; rejects if the stream ends first. */
export function readUntil(stream: Readable, enough: (output: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const done = (): void => {
      stream.off('data', take);
      stream.off('close', failed);
      resolve(output);
    };
    const take = (chunk: Buffer): void => {
      output += chunk.toString();
      if (enough(output)) done();
    };
    const failed = (): void => reject(new Error(`stream closed after: ${JSON.stringify(output)}`));
    stream.on('data', take);
    stream.on('close', failed);
  });
}

/** Runs with a folder of its own that is removed afterwards. */
export async function inTempDir<T>(body: (dir: string) => Promise<T>): Promise<T> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-sys-'));
  try {
    return await body(dir);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}

/** Path of a compiled program in fixtures/. */
export const fixture = (name: string): string => path.join(__dirname, 'fixtures', `${name}.js`);

/** Value of a field of /proc/PID/status. */
export function procStatus(pid: number, field: string): string | undefined {
  return new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}

/** Open descriptors of this process. */
export const openFds = (): string[] => fs.readdirSync('/proc/self/fd');

/** Children of this process, zombies included, as `pid state`. */
export function children(): string[] {
  const found: string[] = [];
  for (const pid of fs.readdirSync('/proc')) {
    if (!/^\d+$/.test(pid) || !fs.existsSync(`/proc/${pid}/stat`)) continue;
    const [state, parent] = readStat(pid);
    if (Number(parent) === process.pid) found.push(`${pid} ${state}`);
  }
  return found;
}

function readStat(pid: string): string[] {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (e) {
    if (['ENOENT', 'ESRCH'].includes((e as NodeJS.ErrnoException).code ?? '')) return []; // ended meanwhile
    throw e;
  }
}
