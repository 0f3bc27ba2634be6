import { once } from 'node:events';
import type { Flux } from '../../../core/handle/flux';
import { isErrno } from '../../../core/sys/errors';
import { shellExitCode } from '../../../core/sys/waitstatus';
import { PtyClient } from '../../../core/terminus/client';
import { runTerminal } from '../../../core/terminus/terminal';
import { TypedText } from '../../../core/terminus/typed-text';
import type { CommandContext } from '../../command';
import { CommandError, failedText } from '../../command';
import { localTerminal } from '../../local-terminal';
import type { TerminusService } from './service';

const CLEAR_SCREEN = '\x1b[2J\x1b[;H';

/** A session of a terminal must not be shown inside another. */
export function refuseNesting(ctx: CommandContext): void {
  if (ctx.env['FLUX_TERMINUS_SESSION'] !== undefined) throw new CommandError('Nesting flux-terminus sessions not supported');
}

/** Connects our terminal, or with `pipe` only our input, to a session. Gives the exit status of its program, 0 after a detach. */
export async function attachSession(
  ctx: CommandContext,
  flux: Flux,
  service: TerminusService,
  session: { id: number; pipe: boolean },
): Promise<number> {
  const topic = `${service.name}.${session.id}`;
  if (session.pipe) return pipeInput(ctx, await open(flux, topic, service, 'wo'));
  const terminal = localTerminal(ctx);
  const client = await open(flux, topic, service, 'rw', terminal.size());
  terminal.write(CLEAR_SCREEN);
  return shellExitCode((await runTerminal(client, terminal)).status);
}

async function open(
  flux: Flux,
  topic: string,
  { rank }: TerminusService,
  mode: 'rw' | 'wo',
  winsize?: { rows: number; cols: number },
): Promise<PtyClient> {
  try {
    return await PtyClient.attach(flux, topic, { mode, ...(winsize ? { winsize } : {}), ...(rank === undefined ? {} : { nodeid: rank }) });
  } catch (e) {
    if (isErrno(e, 'ENOSYS') || isErrno(e, 'ENOENT')) throw new CommandError(`Invalid session or server at ${topic}`);
    throw failedText(topic, e);
  }
}

/** Types what comes on standard input, in order, and leaves. */
async function pipeInput(ctx: CommandContext, client: PtyClient): Promise<number> {
  const ended = client.run(() => {});
  let sent: Promise<void> = Promise.resolve();
  const typed = new TypedText();
  ctx.stdin.on('data', (piece: Buffer) => {
    sent = sent.then(() => client.write(typed.decode(piece)));
    sent.catch(() => {}); // seen below
  });
  const input = once(ctx.stdin, 'end').then(async () => {
    await sent;
    await client.detach();
  });
  try {
    const exit = await Promise.race([ended, input.then(() => ended)]);
    return shellExitCode(exit.status);
  } catch (e) {
    if (isErrno(e, 'ENOENT') || isErrno(e, 'ENOSYS')) return shellExitCode((await ended).status); // the session ended meanwhile
    throw e;
  } finally {
    input.catch(() => {});
    ctx.stdin.pause();
  }
}
