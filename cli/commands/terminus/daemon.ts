import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { Flux } from '../../../core/handle/flux';
import { userId } from '../../../core/sys/credentials';
import { errorText } from '../../../core/sys/errors';
import { spawnProcess } from '../../../core/sys/spawn';
import { TerminusServer } from '../../../core/terminus/server';
import { type CommandContext, CommandError } from '../../command';

/** Hidden sub-command that the server runs as. */
export const SERVER = 'server';
const READY_FD = 3;

/** Starts a server in a process and session of its own, and returns when it serves. */
export async function startDaemon(ctx: CommandContext, service: string): Promise<void> {
  const argv = [programPath(ctx), SERVER, `--service=${service}`];
  const child = spawnProcess({ argv, env: ctx.env, cwd: ctx.cwd, session: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  child.unref();
  const ready = child.stdio[READY_FD]!;
  let said = '';
  ready.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(ready, 'end');
  ready.destroy();
  if (said !== '') throw new CommandError(`failed to start server: ${said}`);
}

/** Serves sessions until the last has ended, or the instance has. Calls `ready` once: with what went wrong, or nothing when it serves. */
export async function serve(ctx: CommandContext, flux: Flux, service: string, ready: (error: string) => void): Promise<void> {
  let finish: () => void = () => {};
  const empty = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const [rank, registration] = await registered(flux, service, ready);
  const server = new TerminusServer({
    service,
    rank,
    userid: userId(),
    env: ctx.env,
    cwd: ctx.cwd,
    serve: (method, handler) => flux.serve(`${service}.${method}`, { roles: ['any'] }, handler),
    onEmpty: async () => {
      await registration.remove(); // before anyone hears of the end: whoever looks next finds no server
      setImmediate(finish); // the answers go first
    },
  });
  ready('');
  await Promise.race([empty, flux.closed]);
  await server.close();
}

async function registered(flux: Flux, service: string, ready: (error: string) => void) {
  try {
    return await Promise.all([flux.rank(), flux.register(service)]);
  } catch (e) {
    ready(errorText(e));
    throw e;
  }
}

/** `ready` of a server that startDaemon has started. */
export function tellStarter(error: string): void {
  fs.writeSync(READY_FD, error);
  fs.closeSync(READY_FD);
}

function programPath({ env }: CommandContext): string {
  for (const dir of (env['FLUX_EXEC_PATH'] ?? '').split(':')) {
    const file = path.join(dir, 'flux-terminus');
    if (dir !== '' && fs.existsSync(file)) return file;
  }
  throw new CommandError('flux-terminus not found in FLUX_EXEC_PATH');
}
