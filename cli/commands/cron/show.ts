import { type CronEntry, exactCron, listCron } from '../../../core/client/cron';
import { formatG } from '../../../core/formats/cformat';
import { isJsonObject, Real } from '../../../core/formats/json';
import { isErrno } from '../../../core/sys/errors';
import { CommandError } from '../../command';
import { withFlux } from '../../connect';
import { age } from './age';
import { entryId } from './ids';
import type { CronCommandSpec } from './program';

export const list: CronCommandSpec = {
  name: 'list',
  summary: 'List cron entries',
  usage: '',
  run: async (ctx) => {
    const entries = await withFlux(ctx, listCron);
    const now = Date.now() / 1000;
    const rows = [['ID', 'CMD/NAME', 'STATE', '#RUNS', 'LASTRUN', 'STATUS'], ...entries.map((entry) => rowOf(entry, now))];
    ctx.stdout.write(rows.map((row) => `${line(row as Row)}\n`).join(''));
  },
};

export const dump: CronCommandSpec = {
  name: 'dump',
  summary: 'Show all of a cron entry, or one key of it',
  usage: '[-k KEY] ID',
  options: [{ name: 'key', key: 'k', arg: 'KEY', help: 'Print the value of KEY only' }],
  run: async (ctx, options) => {
    const [word] = options.args;
    if (word === undefined) throw new CommandError('ID argument required');
    const entry = await withFlux(ctx, (flux) => exactCron(flux, entryId(word))).catch((e) => {
      throw isErrno(e, 'ENOENT') ? new CommandError(`cron-${word}: No such cron entry found`) : e;
    });
    const values = [...flatten(entry)];
    const wanted = options.str('key');
    if (wanted === undefined) for (const [key, value] of values) ctx.stdout.write(`${key} = ${text(value, true)}\n`);
    else for (const [key, value] of values) if (key === wanted) ctx.stdout.write(`${text(value, false)}\n`);
  },
};

type Row = [string, string, string, string, string, string];

function line([id, name, state, runs, lastrun, status]: Row): string {
  return `${id.padStart(6)} ${name.padEnd(15)} ${state.padEnd(8)} ${runs.padStart(9)} ${lastrun.padStart(18)}  ${status.padEnd(18)}`;
}

function rowOf({ id, name, stopped, repeat, stats, tasks }: CronEntry, now: number): Row {
  const started = tasks[0]?.['start-time'] ?? tasks[1]?.['start-time'];
  return [
    String(id),
    name,
    stopped ? 'Stopped' : 'Active',
    repeat > 0 ? `${stats.count}/${repeat}` : String(stats.count),
    started === undefined ? 'None' : age(started, now),
    statusOf(tasks),
  ];
}

function statusOf([task]: CronEntry['tasks']): string {
  if (!task) return 'None';
  if (task.state === 'Failed') return task.code === 127 ? 'Exec-Error' : `Failed:rc=${task.code}`;
  return task.state === 'Exited' ? 'Success' : task.state;
}

/** Members with the path to them; tasks are counted from 1. */
function* flatten(value: object, prefix = ''): Generator<[string, unknown]> {
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'tasks' && Array.isArray(inner)) {
      for (const [i, task] of inner.entries()) yield* flatten(task as object, `${prefix}task.${i + 1}.`);
    } else if (isJsonObject(inner)) yield* flatten(inner, `${prefix}${name}.`);
    else yield [prefix + name, inner];
  }
}

/** A value as Lua writes it. */
function text(value: unknown, quoted: boolean): string {
  if (typeof value === 'string') return quoted ? `"${value}"` : value;
  if (!(value instanceof Real)) return String(value);
  const digits = formatG(value.value, 14);
  return /^-?\d+$/.test(digits) ? `${digits}.0` : digits;
}
