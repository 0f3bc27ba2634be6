import { type EventlogWatch, watchEventlog } from '../../../core/client/job-info';
import type { DecodedEntry } from '../../../core/formats/eventlog';
import { encodeJson } from '../../../core/formats/json';
import { isErrno } from '../../../core/sys/errors';
import { within } from '../../../core/sys/within';
import type { Subcommand } from '../../args/getopt';
import { type CommandContext, CommandError, failed } from '../../command';
import { withFlux } from '../../connect';
import { exactContext } from '../../render/event';
import { jobIdArgument } from '../../render/jobid';
import { EventFormatter, eventlogOptions } from './event-format';
import { notFound } from './eventlog';

export const waitEvent: Subcommand = {
  name: 'wait-event',
  usage: '[-f text|json] [-T raw|iso|offset] [-t seconds] [-m key=val] [-c N] [-p path] [-q] [-v] id event',
  summary: 'Wait for an event',
  options: [
    ...eventlogOptions,
    { name: 'timeout', key: 't', arg: 'DURATION', help: 'Timeout after DURATION without an event' },
    { name: 'match-context', key: 'm', arg: 'KEY=VAL', help: 'Match key=val in context' },
    { name: 'count', key: 'c', arg: 'COUNT', help: 'Required number of matches (default 1)' },
    { name: 'quiet', key: 'q', help: 'Do not output matched event' },
    { name: 'verbose', key: 'v', help: 'Output all events before matched event' },
  ],
  run: async (ctx, opts) => {
    opts.expectArgs(2);
    const [name = '', event = ''] = opts.args;
    const id = jobIdArgument(name);
    const path = opts.str('path') ?? 'eventlog';
    const timeout = opts.duration('timeout');
    const formatter = new EventFormatter(opts);
    const wanted = { event, context: contextTest(opts.str('match-context')), count: opts.int('count', 1) };
    if (wanted.count <= 0) throw new CommandError('count must be > 0');
    await withFlux(ctx, async (flux) => {
      const watch = watchEventlog(flux, id, path);
      try {
        await waitFor(ctx, watch, formatter, { ...wanted, timeout, quiet: opts.has('quiet'), verbose: opts.has('verbose') });
      } catch (e) {
        if (e instanceof CommandError) throw e;
        throw isErrno(e, 'ENOENT') ? notFound(name, path) : failed('flux_job_event_watch_get', e);
      }
    });
  },
};

interface Wanted {
  event: string;
  context: ContextTest | undefined;
  count: number;
  /** Seconds without any event after which to give up. */
  timeout: number | undefined;
  quiet: boolean;
  verbose: boolean;
}

async function waitFor(ctx: CommandContext, watch: EventlogWatch, formatter: EventFormatter, wanted: Wanted): Promise<void> {
  let matches = 0;
  try {
    for (;;) {
      const next = watch.next();
      if (wanted.timeout !== undefined && !(await within(wanted.timeout * 1000, next)))
        throw new CommandError(`wait-event timeout on event '${wanted.event}'`);
      const { done, value: entry } = await next;
      if (done) throw new CommandError(`event '${wanted.event}' never received`);
      formatter.read(entry);
      if (isMatch(entry, wanted)) matches++;
      const found = matches === wanted.count;
      if (found ? !wanted.quiet : wanted.verbose) ctx.stdout.write(formatter.line(entry));
      if (found) return;
    }
  } finally {
    await watch.return();
  }
}

interface ContextTest {
  key: string;
  value: string;
}

function contextTest(text: string | undefined): ContextTest | undefined {
  if (text === undefined) return undefined;
  const equals = text.indexOf('=');
  if (equals < 0) throw new CommandError('must specify a context test as key=value');
  return { key: text.slice(0, equals), value: text.slice(equals + 1) };
}

function isMatch(entry: DecodedEntry, { event, context: test }: Wanted): boolean {
  if (entry.name !== event) return false;
  if (!test) return true;
  const value = exactContext(entry)?.[test.key];
  return value !== undefined && (value === test.value || encodeJson(value) === test.value);
}
