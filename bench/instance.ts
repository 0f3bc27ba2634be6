import { once } from 'node:events';
import path from 'node:path';
import { type Child, spawnProcess } from '../core/sys/spawn';

/** The launcher, as users run it. */
export const flux = path.resolve(__dirname, '..', '..', 'flux');

/** Environment of a client inside the instance. */
export type InstanceEnv = NodeJS.ProcessEnv;

/** Runs `use` beside an instance of `./flux start`, with an environment that leads to it, and ends the instance. */
export async function withInstance<T>(size: number, use: (env: InstanceEnv) => Promise<T>): Promise<T> {
  // The initial program says where it runs, and ends when its input does.
  const child = spawnProcess({
    argv: [flux, 'start', `-s${size}`, 'echo $FLUX_URI; exec cat'],
    env: process.env,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const output = outputOf(child);
  try {
    const uri = await Promise.race([firstOf(output), child.exited.then(() => undefined)]);
    if (!uri) throw new Error('flux start has ended early');
    return await use({ ...process.env, FLUX_URI: uri.trim() });
  } finally {
    child.stdin?.end();
    await child.exited;
  }
}

/** Runs a program to its end, its output going nowhere. Rejects if it fails. */
export async function runQuietly(argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const { status } = await spawnProcess({ argv, env, stdio: ['ignore', 'ignore', 'ignore'] }).exited;
  if (status !== 0) throw new Error(`${argv.join(' ')}: wait status ${status}`);
}

/** Milliseconds from the start of a program to the first thing it prints; it is awaited to its end. */
export async function untilOutput(argv: string[]): Promise<number> {
  const started = performance.now();
  const child = spawnProcess({ argv, env: process.env, stdio: ['ignore', 'pipe', 'inherit'] });
  await firstOf(outputOf(child));
  const time = performance.now() - started;
  await child.exited;
  return time;
}

function outputOf({ stdout }: Child): NodeJS.ReadableStream {
  if (!stdout) throw new Error('the program has no pipe for its output');
  return stdout;
}

async function firstOf(stream: NodeJS.ReadableStream): Promise<string> {
  const [data] = (await once(stream, 'data')) as [Buffer];
  stream.resume();
  return data.toString();
}
