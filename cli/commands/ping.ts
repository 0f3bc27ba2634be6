import type { Flux } from '../../core/handle/flux';
import { USERID_UNKNOWN } from '../../core/message/constants';
import type { ReceivedFrom } from '../../core/protocol';
import { builtin } from '../../core/protocol/module';
import { FluxError } from '../../core/sys/errors';
import { within } from '../../core/sys/within';
import { getopt } from '../args/getopt';
import { CommandError, defineCommand, failed } from '../command';
import { withFlux } from '../connect';

/** What to ping: a rank, or the nearest broker that has the service, or the one above. */
interface Target {
  nodeid: number | 'any' | 'upstream';
  service: string;
}

/** What a service gives back: the request with its route, and the credentials that it came with. */
type Pong = ReceivedFrom<typeof builtin.ping> & { pad: string };

const DEFAULT_INTERVAL = 1;

/** flux-ping(1) */
export default defineCommand({
  name: 'ping',
  summary: 'Measure the round trip to a service on any rank',
  examples: [
    ['The KVS, three times', 'flux ping -c 3 kvs'],
    ['The broker of rank 1', 'flux ping -c 1 1'],
  ],
  run: getopt({
    usage: '[OPTIONS]...',
    options: [
      { name: 'rank', key: 'r', arg: 'N', help: 'Rank of the service, or any, or upstream' },
      { name: 'pad', key: 'p', arg: 'N', help: 'Bytes of padding in the payload' },
      { name: 'interval', key: 'i', arg: 'FSD', help: 'Time between requests, default 1s' },
      { name: 'count', key: 'c', arg: 'N', help: 'Number of requests, default endless' },
      { name: 'batch', key: 'b', help: 'Send all requests before waiting for responses' },
      { name: 'userid', key: 'u', help: 'Show the userid and rolemask the service saw' },
    ],
    run: async (ctx, opts) => {
      const pad = opts.int('pad', 0);
      if (pad < 0) throw new CommandError('pad must be >= 0');
      const interval = opts.duration('interval', DEFAULT_INTERVAL);
      const count = opts.int('count', 0);
      if (count < 0) throw new CommandError('count must be >= 0');
      const batch = opts.has('batch');
      if (batch && count === 0) throw new CommandError('--batch should only be used with --count');
      opts.expectArgs(1);
      const target = parseTarget(opts.args[0]!, opts.str('rank'));
      const name = `${target.nodeid === 'any' ? '' : `${target.nodeid}!`}${builtin.ping.at(target.service).topic}`;
      await withFlux(ctx, async (flux) => {
        const show = async (seq: number, pending: Promise<{ pong: Pong; ms: number }>) => {
          const { pong, ms } = await pending.catch((e) => Promise.reject(failed(name, e)));
          if (pong.pad.length !== pad) throw new CommandError(`${name}: padding contents invalid`);
          const who = opts.has('userid')
            ? ` userid=${pong.userid === -1 ? USERID_UNKNOWN : pong.userid} rolemask=0x${pong.rolemask.toString(16)}`
            : '';
          ctx.stdout.write(`${name} pad=${pad}${who} seq=${seq} time=${ms.toFixed(3)} ms (${pong.route})\n`);
        };
        // The first failure, of a ping or of the connection, ends the waiting.
        let failure: unknown;
        let stop = () => {};
        const stopped = new Promise<void>((resolve) => {
          stop = resolve;
        });
        const fail = (e: unknown) => {
          failure ??= e;
          stop();
        };
        void flux.closed.then((e) => fail(failed(name, e ?? new FluxError('ECONNRESET'))));
        const shown: Promise<void>[] = [];
        for (let seq = 0; (count === 0 || seq < count) && failure === undefined; seq++) {
          const answer = show(seq, ping(flux, target, seq, 'p'.repeat(pad))).catch(fail);
          if (batch) shown.push(answer);
          else await answer;
          if (batch || seq + 1 !== count) await within(interval * 1000, stopped);
        }
        await Promise.all(shown);
        if (failure !== undefined) throw failure;
      });
    },
  }),
});

async function ping(flux: Flux, { nodeid, service }: Target, seq: number, pad: string): Promise<{ pong: Pong; ms: number }> {
  const now = process.hrtime.bigint();
  const request = { seq, 'time.tv_sec': Number(now / 1_000_000_000n), 'time.tv_nsec': Number(now % 1_000_000_000n), pad };
  const pong = await flux.call(builtin.ping.at(service), request, nodeid === 'any' ? {} : { nodeid });
  return { pong: pong as Pong, ms: Number(process.hrtime.bigint() - now) / 1e6 };
}

/** `SERVICE`, `R!SERVICE`, or a bare `R`; with --rank the word is the service as it stands. */
function parseTarget(word: string, rank: string | undefined): Target {
  if (rank !== undefined) {
    const nodeid = parseNodeid(rank);
    if (nodeid === undefined) throw new CommandError('error parsing --rank option');
    return { nodeid, service: word };
  }
  const bare = parseNodeid(word);
  if (bare !== undefined) return { nodeid: bare, service: 'broker' };
  const bang = word.indexOf('!');
  const nodeid = bang < 0 ? undefined : parseNodeid(word.slice(0, bang));
  return nodeid === undefined ? { nodeid: 'any', service: word } : { nodeid, service: word.slice(bang + 1) };
}

function parseNodeid(text: string): Target['nodeid'] | undefined {
  if (text === 'any' || text === 'upstream') return text;
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
