import { Flux } from '../../../core/handle/flux';
import { getopt } from '../../args/getopt';
import { type CommandContext, CommandError, defineCommand, failed } from '../../command';
import { COMPATIBLE_VERSION } from '../../install';
import { runProgram } from './program';
import { ProxySocket } from './socket';
import { uriOf } from './target';

/** flux-proxy(1) */
export default defineCommand({
  name: 'proxy',
  takesBytes: () => true,
  summary: 'Run a shell whose Flux commands share one connection to another instance',
  builtin: true,
  prog: 'flux-proxy',
  examples: [
    ['A shell in an instance on another host', 'flux proxy ssh://foo.com/tmp/flux-123456-abcdef/local-0'],
    ['A shell in the instance of a batch job', 'flux proxy ƒBNuyR1'],
    ['One command', 'flux proxy ssh://foo.com/tmp/flux-123456-abcdef/local-0 flux jobs'],
  ],
  run: getopt({
    usage: '[OPTIONS] URI [COMMAND...]',
    options: [{ name: 'force', key: 'f', help: 'Allow the proxy to connect to a broker running a different version of Flux' }],
    run: async (ctx, opts) => {
      const [target, ...words] = opts.args;
      if (target === undefined) throw opts.usageError('URI argument is required');
      const uri = await uriOf(ctx, target);
      const flux = await Flux.open(uri, { env: ctx.env }).catch((e) => Promise.reject(failed(uri, e)));
      try {
        await checkVersion(ctx, flux, opts.has('force'));
        return await runBehind(ctx, flux, uri, words);
      } finally {
        flux.close();
        await flux.closed;
      }
    },
  }),
});

/** Our version and the broker's must have the same three numbers; with `force` a warning is enough. */
async function checkVersion(ctx: CommandContext, flux: Flux, force: boolean): Promise<void> {
  const version = await flux.getattr('version').catch((e) => Promise.reject(failed('flux_attr_get version', e)));
  if (numbersOf(version) === numbersOf(COMPATIBLE_VERSION)) return;
  const text = `proxy version ${COMPATIBLE_VERSION} != broker version ${version}`;
  if (!force) throw new CommandError(`fatal: ${text} (--force to connect anyway)`);
  ctx.stderr.write(`${ctx.prog}: warning: ${text}\n`);
}

const numbersOf = (version: string): string => /^\d+\.\d+\.\d+/.exec(version)?.[0] ?? version;

async function runBehind(ctx: CommandContext, flux: Flux, uri: string, words: string[]): Promise<number> {
  ctx.stderr.outlive?.(); // the socket is to be removed, and the program ended, whether somebody reads of it or not
  const socket = await ProxySocket.open(flux, ctx.env['TMPDIR'] ?? '/tmp');
  try {
    void flux.closed.then((error) => {
      if (!error) return;
      ctx.stderr.write(`${ctx.prog}: ${uri}: ${error.message}\n`);
      socket.close();
    });
    return await runProgram(ctx, words, socket.uri);
  } finally {
    socket.close();
  }
}
