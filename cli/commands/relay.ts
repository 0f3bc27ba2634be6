import { fstatSync } from 'node:fs';
import { Writable } from 'node:stream';
import { Flux } from '../../core/handle/flux';
import { relay } from '../../core/router/relay';
import { isErrno } from '../../core/sys/errors';
import { streamFromFd } from '../../core/sys/fds';
import { JoinedStream } from '../../core/transport/joined-stream';
import { getopt } from '../args/getopt';
import { type CommandContext, CommandError, defineCommand, failed } from '../command';

/** flux relay (docs/protocol/cli.md §15): what the ssh connector runs on the other host. */
export default defineCommand({
  name: 'relay',
  summary: 'Relay messages between standard input and output and a broker’s socket',
  category: 'hidden',
  builtin: true,
  prog: 'flux-relay',
  run: getopt({
    usage: '[OPTIONS] path',
    run: async (ctx, opts) => {
      if (opts.args.length === 0) throw opts.usageError('path argument is required');
      opts.expectArgs(1);
      const uri = `local://${opts.args[0]}`;
      const flux = await Flux.open(uri, { env: ctx.env }).catch((e) => Promise.reject(failed(uri, e)));
      const error = await relay(flux, new JoinedStream(ctx.stdin, outputStream(ctx)));
      flux.close();
      const lost = await flux.closed;
      if (error && isErrno(error, 'ECONNRESET')) return; // the client has ended, which is how a relay ends
      if (lost) throw failed(uri, lost);
      if (error) throw new CommandError(`client error: ${error.message}`);
    },
  }),
});

/** Standard output, without waiting where it can make us wait. */
function outputStream(ctx: CommandContext): Writable {
  const stat = fstatSync(1);
  if (stat.isFIFO() || stat.isSocket()) return streamFromFd(1, 'write');
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      ctx.stdout.write(chunk);
      done();
    },
  });
}
