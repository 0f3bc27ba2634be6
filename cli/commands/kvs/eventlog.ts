import type { Kvs } from '../../../core/client/kvs';
import { type DecodedEntry, decodeEntry, decodeEventlog, encodeEntry } from '../../../core/formats/eventlog';
import { decodeJson, encodeJson, isJsonObject, type JsonObject } from '../../../core/formats/json';
import { FluxError, isErrno } from '../../../core/sys/errors';
import { wallSeconds } from '../../../core/sys/wall-clock';
import { within } from '../../../core/sys/within';
import type { OptionSpec, Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failed } from '../../command';
import { exactContext } from '../../render/event';
import { namespaceOption, withKvs } from './common';

const unformatted: OptionSpec = { name: 'unformatted', key: 'u', help: 'Show event in RFC 18 form' };

const append: Subcommand = {
  name: 'append',
  usage: '[-N ns] [-t SECONDS] key name [context ...]',
  description: 'Append to eventlog',
  options: [namespaceOption, { name: 'timestamp', key: 't', arg: 'SECONDS', help: 'Specify timestamp in seconds since epoch' }],
  run: async (ctx, opts) => {
    const [key, name, ...words] = opts.args;
    if (key === undefined || name === undefined) throw opts.usageError();
    const timestamp = opts.float('timestamp', 0) || wallSeconds();
    let entry: string;
    try {
      entry = encodeEntry({ timestamp, name, ...(words.length > 0 ? { context: contextOf(words.join(' ')) } : {}) });
    } catch {
      throw new CommandError('eventlog_entry_create: Invalid argument');
    }
    await withKvs(ctx, opts, async (kvs) => {
      try {
        await kvs.append(key, `${entry}\n`);
      } catch (e) {
        throw failed('flux_kvs_commit', e);
      }
    });
  },
};

function contextOf(text: string): JsonObject {
  const context = decodeJson(text, { reals: true });
  if (!isJsonObject(context)) throw new FluxError('EINVAL');
  return context;
}

const get: Subcommand = {
  name: 'get',
  usage: '[-N ns] [-u] [-W] [-w] [-c COUNT] key',
  description: 'Get eventlog',
  options: [
    namespaceOption,
    { name: 'waitcreate', key: 'W', help: 'Wait for creation to occur on watch' },
    { name: 'watch', key: 'w', help: 'Monitor eventlog' },
    { name: 'count', key: 'c', arg: 'COUNT', help: 'Display at most COUNT events' },
    unformatted,
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(1);
    const [key] = opts.args as [string];
    const count = opts.int('count', 0);
    await withKvs(ctx, opts, async (kvs) => {
      let shown = 0;
      for await (const entry of entries(kvs, key, opts)) {
        show(ctx, opts, entry);
        if (++shown === count) return;
      }
    });
  },
};

async function* entries(kvs: Kvs, key: string, opts: Options): AsyncGenerator<DecodedEntry, void, void> {
  const waitcreate = opts.has('waitcreate');
  try {
    if (!opts.has('watch')) yield* decoded((await kvs.lookup(key, 'value', { waitcreate })).text);
    else for await (const { text } of kvs.watch(key, { append: true, waitcreate })) yield* decoded(text);
  } catch (e) {
    throw e instanceof CommandError ? e : failed('flux_kvs_lookup_get', e);
  }
}

function decoded(text: string): DecodedEntry[] {
  try {
    return decodeEventlog(text);
  } catch {
    throw new CommandError('eventlog_decode: Invalid argument');
  }
}

const waitEvent: Subcommand = {
  name: 'wait-event',
  usage: '[-N ns] [-t seconds] [-u] [-W] [-q] [-v] key event',
  description: 'Wait for an event',
  options: [
    namespaceOption,
    { name: 'waitcreate', key: 'W', help: 'Wait for creation to occur on eventlog' },
    { name: 'timeout', key: 't', arg: 'DURATION', help: 'timeout after DURATION' },
    unformatted,
    { name: 'quiet', key: 'q', help: 'Do not output matched event' },
    { name: 'verbose', key: 'v', help: 'Output all events before matched event' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(2);
    const [key, name] = opts.args as [string, string];
    const ms = opts.duration('timeout', 0) * 1000;
    await withKvs(ctx, opts, async (kvs) => {
      try {
        const watch = kvs.watch(key, { append: true, waitcreate: opts.has('waitcreate') });
        for (;;) {
          const next = watch.next();
          // counts from the last response
          if (ms > 0 && !(await within(ms, next))) throw new CommandError(`wait-event timeout on event '${name}'`);
          const { done, value } = await next;
          if (done) break;
          for (const entry of decoded(value.text)) {
            if (entry.name !== name) {
              if (opts.has('verbose')) show(ctx, opts, entry);
              continue;
            }
            if (!opts.has('quiet')) show(ctx, opts, entry);
            return;
          }
        }
      } catch (e) {
        if (e instanceof CommandError) throw e;
        throw isErrno(e, 'ENOENT') ? new CommandError(`eventlog path ${key} not found`) : failed('flux_kvs_lookup_get', e);
      }
      throw new CommandError(`event '${name}' never received`);
    });
  },
};

function show(ctx: CommandContext, opts: Options, entry: DecodedEntry): void {
  if (opts.has('unformatted')) {
    ctx.stdout.write(`${encodeJson(decodeJson(entry.text, { reals: true }))}\n`);
    return;
  }
  const context = exactContext(decodeEntry(entry.text));
  ctx.stdout.write(`${entry.timestamp.toFixed(6)} ${entry.name}${context ? ` ${encodeJson(context)}` : ''}\n`);
}

export const eventlog: Subcommand = {
  name: 'eventlog',
  summary: 'Manipulate a KVS eventlog',
  description: 'Manipulate a KVS eventlog',
  subcommands: [append, get, waitEvent],
};
