import { lookupJob, watchEventlog } from '../../../core/client/job-info';
import { type DecodedEntry, decodeEventlog } from '../../../core/formats/eventlog';
import { encodeJobId, jobIdEncodings, parseJobId } from '../../../core/formats/fluid';
import { encodeJson } from '../../../core/formats/json';
import { isErrno } from '../../../core/sys/errors';
import type { OptionSpec, Options, Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, CommandExit, failed } from '../../command';
import { withFlux } from '../../connect';
import { eventWithKeys, exactContext } from '../../render/event';
import { f58, jobIdArgument } from '../../render/jobid';
import { readStdin } from '../../stdin';

const formatOption: OptionSpec = { name: 'format', key: 'f', arg: 'FORMAT', help: 'Specify output format: text, json' };
const timeOption: OptionSpec = { name: 'time-format', key: 'T', arg: 'FORMAT', help: 'Specify time format: raw, iso, offset' };
const pathOption: OptionSpec = {
  name: 'path',
  key: 'p',
  arg: 'PATH',
  help: 'Specify alternate eventlog path suffix (e.g. "guest.exec.eventlog")',
};

/** Shows events as --format and --time-format ask. */
class EventFormat {
  readonly #json: boolean;
  readonly #time: string;
  #first: number | undefined;

  constructor(opts: Options) {
    const format = opts.str('format') ?? 'text';
    if (format !== 'text' && format !== 'json') throw new CommandError('invalid format type');
    this.#json = format === 'json';
    this.#time = opts.str('time-format') ?? 'raw';
    if (!['raw', 'iso', 'offset'].includes(this.#time)) throw new CommandError('invalid time-format type');
  }

  /** Offsets count from the first event seen. */
  note(entry: DecodedEntry): void {
    this.#first ??= entry.timestamp;
  }

  line(entry: DecodedEntry): string {
    this.note(entry);
    return this.#json ? entry.text : `${this.#timeOf(entry.timestamp)} ${eventWithKeys(entry)}`;
  }

  #timeOf(timestamp: number): string {
    if (this.#time === 'iso') {
      const micros = String(Math.floor((timestamp % 1) * 1e6)).padStart(6, '0');
      return `${new Date(Math.floor(timestamp) * 1000).toISOString().slice(0, 19)}.${micros}Z`;
    }
    return (this.#time === 'offset' ? timestamp - this.#first! : timestamp).toFixed(6);
  }
}

function notFound(name: string, path: string): string {
  return path === 'eventlog' ? `job ${name} not found` : `eventlog path ${path} not found`;
}

export const eventlog: Subcommand = {
  name: 'eventlog',
  usage: '[-f text|json] [-T raw|iso|offset] [-p path] id',
  summary: 'Display eventlog for a job',
  options: [formatOption, timeOption, pathOption],
  run: async (ctx, opts) => {
    opts.expectArgs(1);
    const [name] = opts.args as [string];
    const id = jobIdArgument(name);
    const path = opts.str('path') ?? 'eventlog';
    const format = new EventFormat(opts);
    await withFlux(ctx, async (flux) => {
      const { [path]: text } = await lookupJob(flux, id, [path]).catch((e) =>
        Promise.reject(isErrno(e, 'ENOENT') ? new CommandError(notFound(name, path)) : failed('flux_job_eventlog_lookup_get', e)),
      );
      ctx.stdout.write(
        decodeEventlog(text!)
          .map((entry) => `${format.line(entry)}\n`)
          .join(''),
      );
    });
  },
};

export const waitEvent: Subcommand = {
  name: 'wait-event',
  usage: '[-f text|json] [-T raw|iso|offset] [-t seconds] [-m key=val] [-c <num>] [-p path] [-q] [-v] id event',
  summary: 'Wait for an event ',
  options: [
    formatOption,
    timeOption,
    { name: 'timeout', key: 't', arg: 'DURATION', help: 'timeout after DURATION' },
    { name: 'match-context', key: 'm', arg: 'KEY=VAL', help: 'match key=val in context' },
    { name: 'count', key: 'c', arg: 'COUNT', help: 'required number of matches (default 1)' },
    { name: 'quiet', key: 'q', help: 'Do not output matched event' },
    { name: 'verbose', key: 'v', help: 'Output all events before matched event' },
    pathOption,
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(2);
    const [name, event] = opts.args as [string, string];
    const id = jobIdArgument(name);
    const path = opts.str('path') ?? 'eventlog';
    const count = opts.int('count', 1);
    if (count <= 0) throw new CommandError('count must be > 0');
    const matches = contextTest(opts.str('match-context'));
    const format = new EventFormat(opts);
    const ms = opts.duration('timeout', 0) * 1000;
    await withFlux(ctx, async (flux) => {
      const watch = watchEventlog(flux, id, path);
      let matched = 0;
      for (;;) {
        const { done, value: entry } = await within(ms, watch.next(), event).catch((e) =>
          Promise.reject(
            isErrno(e, 'ENOENT')
              ? new CommandError(notFound(name, path))
              : e instanceof CommandError
                ? e
                : failed('flux_job_event_watch_get', e),
          ),
        );
        if (done) throw new CommandError(`event '${event}' never received`);
        format.note(entry);
        const hit = entry.name === event && matches(entry) && ++matched === count;
        if ((hit && !opts.has('quiet')) || (!hit && opts.has('verbose'))) ctx.stdout.write(`${format.line(entry)}\n`);
        if (hit) return;
      }
    });
  },
};

/** `KEY=VAL`: the compact JSON of the value, or a string without its quotes. */
function contextTest(text: string | undefined): (entry: DecodedEntry) => boolean {
  if (text === undefined) return () => true;
  const equals = text.indexOf('=');
  if (equals <= 0) throw new CommandError('must specify a context test as key=value');
  const key = text.slice(0, equals);
  const wanted = text.slice(equals + 1);
  return (entry) => {
    const value = exactContext(entry)?.[key];
    return value !== undefined && (value === wanted || encodeJson(value) === wanted);
  };
}

/** An inactivity timer: it counts from the last event; 0: none. */
async function within<T>(ms: number, next: Promise<T>, event: string): Promise<T> {
  if (ms === 0) return next;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CommandError(`wait-event timeout on event '${event}'`)), ms);
  });
  try {
    return await Promise.race([next, late]);
  } finally {
    clearTimeout(timer);
  }
}

const commonKeys = ['J', 'R', 'eventlog', 'jobspec', 'guest.exec.eventlog', 'guest.input', 'guest.output'];

export const info: Subcommand = {
  name: 'info',
  usage: 'id key ...',
  summary: 'Display info for a job',
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    const [name, ...keys] = opts.args as [string, ...string[]];
    if (keys.length === 0) {
      throw new CommandExit(0, { stderr: `Missing lookup key(s), common keys:\n${commonKeys.map((key) => `${key}\n`).join('')}` });
    }
    const id = jobIdArgument(name);
    await withFlux(ctx, async (flux) => {
      const unique = [...new Set(keys)];
      const values = await lookupJob(flux, id, unique).catch((e) =>
        Promise.reject(isErrno(e, 'ENOENT') ? new CommandError(`job ${id} id or key not found`) : failed('flux_rpc_get_unpack', e)),
      );
      ctx.stdout.write(keys.map((key) => `${values[key]}\n`).join(''));
    });
  },
};

/** Words of the command line, or the lines of standard input. */
async function idWords(ctx: CommandContext, opts: Options): Promise<string[]> {
  if (opts.args.length > 0) return opts.args;
  const lines = (await readStdin(ctx)).toString('utf8').split('\n');
  return lines.map((line) => line.trim()).filter((line, i) => line !== '' || i < lines.length - 1);
}

export const idCommand: Subcommand = {
  name: 'id',
  usage: '[OPTIONS] [id ...]',
  summary: 'Convert jobid(s) to another form',
  options: [{ name: 'to', key: 't', arg: 'dec|kvs|hex|words|f58', help: 'Convert jobid to specified form' }],
  run: async (ctx, opts) => {
    const to = (opts.str('to') ?? 'dec').toLowerCase();
    const encoding = jobIdEncodings.find((name) => name === to);
    if (!encoding) throw new CommandError(`Unknown to=${opts.str('to')}`);
    const words = await idWords(ctx, opts);
    for (const word of words) {
      const id = parsed(word);
      ctx.stdout.write(`${encoding === 'f58' ? f58(ctx, id, 'c') : encodeJobId(id, encoding)}\n`);
    }
    return words.length === 0 ? 1 : 0;
  },
};

export const namespace: Subcommand = {
  name: 'namespace',
  usage: '[id ...]',
  summary: 'Convert job ids to job guest kvs namespace names',
  run: async (ctx, opts) => {
    for (const word of await idWords(ctx, opts)) ctx.stdout.write(`job-${parsed(word)}\n`);
  },
};

function parsed(word: string): bigint {
  try {
    return parseJobId(word);
  } catch {
    throw new CommandError(`${word}: malformed input`);
  }
}
