import { randomBytes } from 'node:crypto';
import { Content } from '../../core/client/content';
import { isBlobref } from '../../core/formats/blobref';
import { content as contentService } from '../../core/protocol/content';
import { FluxError } from '../../core/sys/errors';
import { getopt, type Subcommand } from '../args/getopt';
import { type CommandContext, CommandError, defineCommand, failed } from '../command';
import { withFlux } from '../connect';
import { readStdin } from '../stdin';

const SPAM_LENGTH = 256;

const load: Subcommand = {
  name: 'load',
  usage: '[OPTIONS] BLOBREF',
  description: 'Load blob for digest BLOBREF to stdout',
  options: [{ name: 'bypass-cache', key: 'b', help: 'Load directly from rank 0 content service' }],
  run: async (ctx, opts) => {
    opts.expectArgs(1);
    const [ref] = opts.args as [string];
    const show = async (content: Content) => {
      if (!isBlobref(ref)) throw failed('flux_content_load', new FluxError('EINVAL'));
      ctx.stdout.write(await content.load(ref).catch((e) => Promise.reject(failed('flux_content_load_get', e))));
    };
    await withContent(ctx, show, opts.has('bypass-cache'));
  },
};

const store: Subcommand = {
  name: 'store',
  usage: '[OPTIONS]',
  description: 'Store blob from stdin, print BLOBREF on stdout',
  options: [{ name: 'bypass-cache', key: 'b', help: 'Store directly to rank 0 content service' }],
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    const blob = await readStdin(ctx);
    await withContent(ctx, async (content) => ctx.stdout.write(`${await stored(content, blob)}\n`), opts.has('bypass-cache'));
  },
};

const dropcache: Subcommand = {
  name: 'dropcache',
  usage: '[OPTIONS]...',
  listedUsage: '[OPTIONS]',
  description: 'Drop non-essential entries from local content cache',
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    await withContent(ctx, (content) => content.dropcache().catch((e) => Promise.reject(failed(contentService.dropcache.topic, e))));
  },
};

const flush: Subcommand = {
  name: 'flush',
  usage: '[OPTIONS]...',
  listedUsage: '[OPTIONS]',
  description: 'Flush dirty entries from local content cache',
  run: async (ctx, opts) => {
    opts.expectArgs(0);
    await withContent(ctx, (content) => content.flush().catch((e) => Promise.reject(failed(contentService.flush.topic, e))));
  },
};

const spam: Subcommand = {
  name: 'spam',
  usage: 'N [M]',
  description: 'Store N random entries, keeping M requests in flight (default 1)',
  run: async (ctx, opts) => {
    if (opts.args.length < 1 || opts.args.length > 2) throw opts.usageError();
    const [count, parallel] = [opts.args[0]!, opts.args[1] ?? '1'].map(countOf) as [number, number];
    await withContent(ctx, async (content) => {
      let next = 0;
      const worker = async () => {
        while (next < count) ctx.stdout.write(`${await stored(content, spamBlob(next++))}\n`);
      };
      await Promise.all(Array.from({ length: Math.min(count, parallel) }, worker));
    });
  },
};

/** flux-content(1) */
export default defineCommand({
  name: 'content',
  summary: 'Access the content store of an instance',
  builtin: true,
  examples: [['Store a blob and read it back', 'ref=$(echo hello | flux content store) && flux content load $ref']],
  run: getopt({ description: 'Access content store', subcommands: [load, store, dropcache, flush, spam] }),
});

function withContent(ctx: CommandContext, use: (content: Content) => Promise<void>, bypassCache = false): Promise<void> {
  return withFlux(ctx, (flux) => use(new Content(flux, { bypassCache })));
}

function stored(content: Content, blob: Buffer): Promise<string> {
  return content.store(blob).catch((e) => Promise.reject(failed('flux_content_store_get', e)));
}

function spamBlob(seq: number): Buffer {
  const blob = randomBytes(SPAM_LENGTH);
  blob.write(`spam-o-matic pid=${process.pid} seq=${seq}\0`);
  return blob;
}

function countOf(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new CommandError('spam: N and M are positive numbers');
  return Number(text);
}
