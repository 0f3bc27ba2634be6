import { terminus } from '../../../core/protocol/terminus';
import { FluxError, isErrno } from '../../../core/sys/errors';
import { signals } from '../../../core/sys/signals';
import { strerror } from '../../../core/sys/strerror';
import { strtol } from '../../args/cnumbers';
import { getopt, type Options } from '../../args/getopt';
import { type CommandContext, CommandError, CommandExit, defineCommand, failedText } from '../../command';
import { withFlux } from '../../connect';
import { attachSession, refuseNesting } from './attach';
import { SERVER, serve, startDaemon, tellStarter } from './daemon';
import { listText } from './list';
import { pipeOption, rankOption, serviceName, serviceOption, TerminusService } from './service';

const options = [rankOption, serviceOption];

/** flux terminus (docs/protocol/cli.md §16) */
export default defineCommand({
  name: 'terminus',
  summary: 'Simple terminal session manager and multiplexer for Flux',
  examples: [
    ['A shell that outlives the terminal; Ctrl-\\ leaves it', 'flux terminus start'],
    ['Back to it', 'flux terminus attach 0'],
  ],
  run: getopt({
    silent: 'both',
    description: 'Simple terminal session manager and multiplexer for Flux.',
    subcommands: [
      {
        name: 'start',
        usage: '[OPTIONS] [COMMAND...]',
        summary: 'Start a new session',
        options: [
          { name: 'detach', key: 'd', help: 'Start new session and immediately detach' },
          { name: 'wait', key: 'w', help: 'Wait for one client to attach before the exited session goes away' },
          { name: 'name', key: 'n', arg: 'NAME', help: 'Set session name to NAME (default: the first word of COMMAND)' },
          ...options,
          pipeOption,
        ],
        run: start,
      },
      { name: 'attach', usage: '[OPTIONS] ID', summary: 'Attach to existing session', options: [...options, pipeOption], run: attach },
      { name: 'list', summary: 'List active sessions', options, run: list },
      { name: 'kill', usage: '[OPTIONS] ID', summary: 'Kill active session', options, run: kill },
      { name: 'kill-server', summary: 'Tell terminus server to exit', options, run: killServer },
      { name: SERVER, hidden: true, summary: 'Serve sessions', options: [serviceOption], run: server },
    ],
  }),
});

async function start(ctx: CommandContext, opts: Options): Promise<number> {
  refuseNesting(ctx);
  const service = new TerminusService(opts);
  const detach = opts.has('detach');
  return withFlux(ctx, async (flux) => {
    if (!(await service.list(flux))) {
      if (service.rank !== undefined) throw new CommandError('Unable to start a new server with --rank option');
      await startDaemon(ctx, service.name);
    }
    const name = opts.str('name') ?? opts.args[0];
    const request = {
      ...(name === undefined ? {} : { name }),
      ...(opts.args.length > 0 ? { cmd: opts.args } : {}),
      wait: !detach || opts.has('wait') ? 1 : 0,
    };
    const session = await service.call(flux, terminus.new, request).catch((e) => Promise.reject(newFailed(ctx, e)));
    return detach ? 0 : attachSession(ctx, flux, service, { id: session.id, pipe: opts.has('pipe') });
  });
}

function newFailed(ctx: CommandContext, e: unknown): Error {
  if (!(e instanceof FluxError)) return failedText('new session', e);
  const reason = e.text === undefined ? strerror(e.errnum) : `${e.text}: ${strerror(e.errnum)}`;
  return new CommandExit(1, { stderr: `${ctx.prog}: new session: ${reason}\n${ctx.prog}: Failed to start new session\n` });
}

async function attach(ctx: CommandContext, opts: Options): Promise<number> {
  refuseNesting(ctx);
  const id = sessionId(opts);
  return withFlux(ctx, (flux) => attachSession(ctx, flux, new TerminusService(opts), { id, pipe: opts.has('pipe') }));
}

async function list(ctx: CommandContext, opts: Options): Promise<void> {
  opts.expectArgs(0);
  const service = new TerminusService(opts);
  await withFlux(ctx, async (flux) => {
    const sessions = await service.list(flux);
    if (!sessions) throw new CommandError(`no server running at ${service.name}`);
    ctx.stdout.write(listText(sessions));
  });
}

async function kill(ctx: CommandContext, opts: Options): Promise<void> {
  const id = sessionId(opts);
  const service = new TerminusService(opts);
  await withFlux(ctx, async (flux) => {
    try {
      await service.call(flux, terminus.kill, { id, signal: signals.SIGKILL, wait: 1 });
    } catch (e) {
      if (isErrno(e, 'ENOSYS')) throw new CommandError(`kill: no server running at ${service.name}`);
      throw failedText('kill failed', e);
    }
  });
}

async function killServer(ctx: CommandContext, opts: Options): Promise<void> {
  opts.expectArgs(0);
  const service = new TerminusService(opts);
  await withFlux(ctx, async (flux) => {
    try {
      await service.call(flux, terminus.killServer, undefined);
    } catch (e) {
      if (isErrno(e, 'ENOSYS')) throw new CommandError(`no server running at ${service.name}`);
      throw failedText('kill-server', e);
    }
  });
}

async function server(ctx: CommandContext, opts: Options): Promise<void> {
  opts.expectArgs(0);
  await withFlux(ctx, (flux) => serve(ctx, flux, serviceName(opts), tellStarter));
}

function sessionId(opts: Options): number {
  const [text] = opts.args;
  if (text === undefined) throw opts.usageError('session ID required');
  const id = strtol(text);
  if (id === undefined || id < 0) throw opts.usageError('session ID must be an integer');
  opts.expectArgs(1);
  return id;
}
