import { type CronEntry, deleteCron, startCron, stopCron, syncCron } from '../../../core/client/cron';
import type { Flux } from '../../../core/handle';
import { type CommandContext, CommandExit } from '../../command';
import { withFlux } from '../../connect';
import { fixed } from '../../render/floats';
import { age, span } from './age';
import { entryId } from './ids';
import { type CronCommandSpec, type CronOptions, usageOf } from './program';

export const stop: CronCommandSpec = {
  name: 'stop',
  summary: 'Stop cron entries; they stay in the list',
  usage: 'ID...',
  run: (ctx, options) =>
    onEach(ctx, options, async (flux, id) => {
      await stopCron(flux, id);
      return `Stopped cron-${id}`;
    }),
};

export const start: CronCommandSpec = {
  name: 'start',
  summary: 'Start stopped cron entries',
  usage: 'ID...',
  run: (ctx, options) =>
    onEach(ctx, options, async (flux, id) => {
      await startCron(flux, id);
      return `Started cron-${id}`;
    }),
};

export const remove: CronCommandSpec = {
  name: 'delete',
  summary: 'Remove cron entries',
  usage: '[-k] ID...',
  options: [{ name: 'kill', key: 'k', help: 'Kill a task that runs' }],
  run: (ctx, options) =>
    onEach(ctx, options, async (flux, id) => {
      const entry = await deleteCron(flux, id, options.has('kill'));
      return `Removed cron-${id}: ${entry.name}${lastRun(entry)}`;
    }),
};

export const sync: CronCommandSpec = {
  name: 'sync',
  summary: 'Show or set the event that tasks wait for',
  usage: '[-d] [-e TIME] [TOPIC]',
  options: [
    { name: 'disable', key: 'd', help: 'Let tasks run at once' },
    { name: 'epsilon', key: 'e', arg: 'TIME', help: 'Tasks that come within TIME of the event run at once' },
  ],
  run: async (ctx, options) => {
    const [topic] = options.args;
    const epsilon = options.duration('epsilon');
    const state = await withFlux(ctx, (flux) =>
      syncCron(flux, {
        ...(topic === undefined ? {} : { topic }),
        ...(options.has('disable') ? { disable: true } : {}),
        ...(epsilon === undefined ? {} : { epsilon }),
      }),
    );
    const text = 'sync_event' in state ? `sync to event "${state.sync_event}" epsilon=${fixed(state.sync_epsilon, 3)}s.` : 'sync disabled.';
    ctx.stdout.write(`sync: ${text}\n`);
  },
};

async function onEach(ctx: CommandContext, options: CronOptions, act: (flux: Flux, id: number) => Promise<string>): Promise<void> {
  if (options.args.length === 0) throw new CommandExit(1, { stderr: usageOf(ctx, options.spec) });
  await withFlux(ctx, async (flux) => {
    for (const word of options.args) ctx.stdout.write(`${await act(flux, entryId(word))}\n`);
  });
}

function lastRun({ tasks: [task] }: CronEntry): string {
  const now = Date.now() / 1000;
  const started = task?.['start-time'];
  if (!task || started === undefined) return '';
  const ended = task['end-time'];
  return ended === undefined ? ` still running. Started ${age(started, now)}` : ` last ran ${age(ended, now)} for ${span(ended - started)}`;
}
