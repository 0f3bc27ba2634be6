import type { Flux } from '../../core/handle/flux';
import { Flag, Message } from '../../core/message';
import { originalBytes } from '../../core/sys/original-bytes';
import { getopt, type Options } from '../args/getopt';
import { type CommandContext, defineCommand, failed } from '../command';
import { withFlux } from '../connect';
import { mustBeTexts } from '../text';

/** flux-event(1) */
export default defineCommand({
  name: 'event',
  takesBytes: ([subcommand]) => subcommand === 'pub',
  summary: 'Publish and watch events',
  examples: [
    ['Tell everybody', `flux event pub my.topic '{"x":1}'`],
    ['Watch the heartbeat', 'flux event sub -c 3 heartbeat'],
  ],
  run: getopt({
    silent: 'missing',
    subcommands: [
      {
        name: 'pub',
        usage: '[OPTIONS] topic [payload]',
        summary: 'Publish an event',
        options: [
          { name: 'raw', key: 'r', help: 'Send the payload as raw bytes' },
          { name: 'synchronous', key: 's', help: 'Wait for the sequence number and print it' },
          { name: 'loopback', key: 'l', help: 'Wait until the event comes back' },
          { name: 'private', key: 'p', help: 'Only the owner and the publisher see it' },
        ],
        run: publish,
      },
      {
        name: 'sub',
        usage: '[OPTIONS] [topic...]',
        summary: 'Print events as they come',
        options: [{ name: 'count', key: 'c', arg: 'N', help: 'Exit after N events' }],
        run: watch,
      },
    ],
  }),
});

async function publish(ctx: CommandContext, opts: Options): Promise<void> {
  if (opts.args.length === 0) throw opts.usageError();
  const [topic, ...words] = opts.args as [string, ...string[]];
  mustBeTexts([topic]);
  const payload = words.length === 0 ? undefined : payloadOf(words, opts.has('raw') ? '' : '\0');
  await withFlux(ctx, async (flux) => {
    const back = opts.has('loopback') ? await expectBack(flux, topic, payload) : undefined;
    if (opts.has('synchronous')) {
      const seq = await flux
        .publish(topic, payload, { private: opts.has('private') })
        .catch((e) => Promise.reject(failed('publish failed', e)));
      ctx.stdout.write(`seq=${seq}\n`);
    } else send(flux, topic, payload, opts.has('private'));
    await back?.arrived;
  });
}

/** The words joined by blanks, and `end`. */
function payloadOf(words: readonly string[], end: string): Buffer {
  const pieces = words.flatMap((word, i) => [Buffer.from(i === 0 ? '' : ' '), originalBytes(word)]);
  return Buffer.concat([...pieces, Buffer.from(end)]);
}

function send(flux: Flux, topic: string, payload: Buffer | undefined, isPrivate: boolean): void {
  const event = Message.event(topic, payload).enableRoutes();
  if (isPrivate) event.setFlag(Flag.private);
  flux.send(event);
}

/** Subscribes first; `arrived` settles when an event with this payload has come. */
async function expectBack(flux: Flux, topic: string, payload: Buffer | undefined): Promise<{ arrived: Promise<void> }> {
  let resolve: () => void = () => {};
  const arrived = new Promise<void>((r) => {
    resolve = r;
  });
  await flux.subscribe(topic, (event) => {
    if (event.bytes.equals(payload ?? Buffer.alloc(0))) resolve();
  });
  return { arrived };
}

async function watch(ctx: CommandContext, opts: Options): Promise<void> {
  const count = opts.int('count', 0);
  const topics = opts.args.length > 0 ? opts.args : [''];
  await withFlux(ctx, async (flux) => {
    let seen = 0;
    await new Promise<void>((resolve, reject) => {
      const show = (event: Message) => {
        if (count > 0 && seen >= count) return;
        try {
          ctx.stdout.write(`${event.topic}\t${printable(event)}\n`);
        } catch (e) {
          return reject(e);
        }
        if (++seen === count) resolve();
      };
      subscribeAll(flux, topics, show).catch(reject);
      void flux.closed.then((error) => (error ? reject(error) : resolve()));
    });
  });
}

/** Each event is shown once, however many of the topics it matches. */
async function subscribeAll(flux: Flux, topics: string[], show: (event: Message) => void): Promise<void> {
  for (const [i, topic] of topics.entries()) {
    await flux.subscribe(topic, (event) => {
      if (!topics.slice(0, i).some((earlier) => event.topic?.startsWith(earlier))) show(event);
    });
  }
}

/** A string as it is; other payloads byte by byte, what can't be printed as a dot. */
function printable(event: Message): string {
  const bytes = event.bytes;
  if (bytes.length === 0) return '';
  if (bytes[bytes.length - 1] === 0) return event.text();
  return bytes.toString('latin1').replace(/[^\x20-\x7e]/g, '.');
}
