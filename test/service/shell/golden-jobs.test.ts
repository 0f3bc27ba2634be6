import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DecodedEntry } from '../../../core';
import { signals } from '../../../core/sys/signals';
import { golden } from '../../unit/formats/golden';
import { scratch } from '../../unit/shell/standalone';
import { type JobResult, type RunningJob, ShellInstance, started } from './shell-job';

interface Entry {
  name: string;
  context?: Record<string, unknown>;
}
interface GoldenJob {
  name: string;
  jobspec: { attributes: { system: { cwd?: string } } };
  R: object;
  'exec.eventlog': Entry[];
  output: Entry[];
  input: Entry[];
  attach: { rc: number };
  shells: { shell_rank: number; info: object; rank_info: object; jobspec_info: object; callbacks: [string, object?][] }[];
  tasks: { rank: number; env: Record<string, string>; affinity: number[]; cwd: string; argv: string[] }[];
}

const { jobs, output_files } = golden<{ jobs: GoldenJob[]; output_files: Record<string, string> }>('shell.json');

let four: ShellInstance;
beforeAll(async () => {
  four = await ShellInstance.start(4);
});
afterAll(() => four.stop());

const folder = scratch();
const initrc = path.join(__dirname, '../../../initrc');

/** The task of most recorded jobs: prints, and leaves behind how it found the world. */
const TASK = `#!/bin/bash
out=$1.$FLUX_TASK_RANK
env -0 > $out.env
printf '%s\\n' "$0" "$@" > $out.argv
pwd > $out.cwd
sed -n 's/^Cpus_allowed_list:\\s*//p' /proc/self/status > $out.affinity
echo "task $FLUX_TASK_RANK out"
echo "task $FLUX_TASK_RANK err" >&2
`;

/** The rc file of the recorded jobs: a plugin that writes down its callbacks, and what the shell says of itself. */
const DUMP = `
local function json(v)
  if type(v) ~= 'table' then return type(v) == 'string' and string.format('%q', v) or tostring(v) end
  local parts = {}
  for k, x in pairs(v) do if k ~= 'jobspec' and k ~= 'R' then parts[#parts + 1] = string.format('%q:%s', k, json(x)) end end
  return '{' .. table.concat(parts, ',') .. '}'
end
local log = assert(io.open('@WORK@/shell.' .. shell.info.rank, 'a'))
log:write('{"info":', json(shell.info), ',"rank_info":', json(shell.rankinfo), '}\\n')
plugin.register { name = 'dump', handlers = { { topic = '*', fn = function(topic)
  if topic == 'shell.log' or topic == 'log.flush' or topic == 'signal' or topic == 'task.exec' then return end
  local ok, info = pcall(function() return task.info end)
  log:write('["', topic, '"', ok and ',' .. json(info) or '', ']\\n')
end } } }
`;

function prepare(job: GoldenJob): { jobspec: object; work: string } {
  const work = folder();
  fs.mkdirSync(path.join(work, 'out'));
  fs.writeFileSync(path.join(work, 'task'), TASK, { mode: 0o755 });
  fs.writeFileSync(path.join(work, 'dump.lua'), DUMP.replaceAll('@WORK@', work));
  fs.writeFileSync(path.join(work, 'infile'), job.input.map(({ context }) => (context?.['data'] as string) ?? '').join(''));
  return { jobspec: JSON.parse(JSON.stringify(job.jobspec).replaceAll('@WORK@', work)) as object, work };
}

/** What the recorded client sent to stdin. */
async function feed(job: GoldenJob, running: RunningJob): Promise<void> {
  const sent = job.input.filter(({ name, context }) => name === 'data' && context?.['rank'] === 'all').map(({ context }) => context!);
  if (!sent.some(({ data }) => data !== undefined)) return;
  await started(running);
  for (const io of sent) await four.instance.flux.rpc(`${running.service}.stdin`, io, { nodeid: 0 });
}

const without = (keys: string[], object: Record<string, unknown> = {}) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

/** Events of the shell, without process ids and what depends on which task was faster. */
const shellEvents = (entries: Entry[]) =>
  entries
    .filter(({ name }) => name.startsWith('shell.'))
    .map(({ name, context }) => [name, name === 'shell.task-exit' ? Object.keys(context!) : { ...context, service: 'SERVICE' }]);

/** Everything in the output log by kind, data joined by task and stream. */
function outputOf(entries: Entry[], work: string) {
  const streams: Record<string, string> = {};
  const others: unknown[] = [];
  for (const { name, context = {} } of entries) {
    const { stream, rank, data = '', encoding, eof } = context as Record<string, string>;
    if (name === 'data') streams[`${stream} ${rank}`] = `${streams[`${stream} ${rank}`] ?? ''}${encoding ?? ''}${data}${eof ? 'EOF' : ''}`;
    else if (name !== 'log') others.push([name, JSON.parse(JSON.stringify(context).replaceAll(work, '@WORK@'))]);
  }
  return { streams, others };
}

function logsOf(entries: Entry[], work: string): Record<string, string[]> {
  const logs: Record<string, string[]> = {};
  for (const { name, context } of entries) {
    if (name !== 'log') continue;
    const { rank, level, message, component = '' } = context as Record<string, string>;
    const text = `${level} ${component}: ${message}`.replaceAll(work, '@WORK@').replaceAll(initrc, '@SHELLCONF@');
    // a task may be at its end before the shells have met
    (logs[`${rank} ${text.includes('pmi EOF')}`] ??= []).push(text);
  }
  return logs;
}

function tasksOf(job: GoldenJob, work: string) {
  const read = (rank: number, what: string) => fs.readFileSync(path.join(work, 'out', `${job.name}.${rank}.${what}`), 'utf8');
  return job.tasks.map(({ rank }) => ({
    rank,
    env: Object.fromEntries(
      read(rank, 'env')
        .split('\0')
        .slice(0, -1)
        .map((line) =>
          line
            .replaceAll(work, '@WORK@')
            .replaceAll(four.instance.rundir, '@RUNDIR@')
            .replaceAll('/opt/flux/lib', '@LIBDIR@')
            .replaceAll(initrc, '@SHELLCONF@'),
        )
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    ) as Record<string, string>,
    argv: read(rank, 'argv')
      .trimEnd()
      .split('\n')
      .map((word) => word.replaceAll(work, '@WORK@')),
    cwd: read(rank, 'cwd').trimEnd().replaceAll(work, '@WORK@'),
  }));
}

const OWN = ['PWD', 'SHLVL', '_', 'OLDPWD', 'PATH', 'PMI_FD', 'FLUX_URI'];

describe('recorded jobs', () => {
  test.each(jobs.map((job) => [job.name, job] as const))('%s', async (_, job) => {
    const { jobspec, work } = prepare(job);
    const id = BigInt((job.shells[0]!.info as { jobid: number }).jobid);
    const result: JobResult = await four.run({
      id,
      jobspec,
      R: job.R,
      during: async (running) => {
        await feed(job, running);
        // job-exec ends the other shells of a job with a fatal exception
        if (job.name === 'eonerr') {
          while (running.exceptions.length === 0) await new Promise((resolve) => setImmediate(resolve));
          running.shells.find((shell) => shell.rank === 1)?.deliverSignal(signals.SIGTERM);
        }
      },
    });
    expect(Math.max(...result.codes)).toBe(job.attach.rc);
    expect(shellEvents(result.exec as DecodedEntry[] as Entry[])).toEqual(shellEvents(job['exec.eventlog']));
    expect(outputOf(result.output as Entry[], work)).toEqual(outputOf(job.output, work));
    expect(logsOf(result.output as Entry[], work)).toEqual(logsOf(job.output, work));
    expect(result.input.filter(({ name }) => name === 'header').map(({ context }) => context)).toEqual([job.input[0]!.context]);
    expect(tasksOf(job, work).map(({ env, ...task }) => ({ ...task, env: without(OWN, env) }))).toEqual(
      job.tasks.map(({ rank, env, argv, cwd }) => ({ rank, argv, cwd, env: without(OWN, env) })),
    );
    for (const file of fs.readdirSync(path.join(work, 'out')).filter((one) => Object.hasOwn(output_files, one)))
      expect([file, sorted(fs.readFileSync(path.join(work, 'out', file), 'utf8'))]).toEqual([file, sorted(output_files[file]!)]);
    for (const shell of job.shells) {
      const [first, ...callbacks] = fs
        .readFileSync(path.join(work, `shell.${shell.shell_rank}`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
      expect(first).toMatchObject({ info: without(['service'], shell.info as Record<string, unknown>), rank_info: shell.rank_info });
      expect(comparable(callbacks as [string, object?][])).toEqual(comparable(shell.callbacks));
    }
  });

  test('affinity of tasks', async () => {
    if (os.availableParallelism() !== 2) return; // as on the recorded machine
    for (const name of ['1x1', '4tasks2ranks', 'cores2', 'pertask', 'affoff']) {
      const job = jobs.find((one) => one.name === name)!;
      fs.rmSync(path.join(folder(), 'out'), { recursive: true, force: true });
      const { jobspec, work } = prepare(job);
      await four.run({ jobspec, R: job.R });
      for (const { rank, affinity } of job.tasks) {
        const text = fs.readFileSync(path.join(work, 'out', `${name}.${rank}.affinity`), 'utf8').trim();
        expect([name, rank, text]).toEqual([name, rank, affinity.length === 1 ? String(affinity[0]) : `${affinity[0]}-${affinity.at(-1)}`]);
      }
    }
  });
});

const sorted = (text: string) => text.split('\n').sort();

/** Callbacks without process ids; ends of tasks in order of rank, since any may end first. */
function comparable(callbacks: [string, object?][]): unknown[] {
  const plain = callbacks.map(([topic, info]) =>
    JSON.stringify(info ? [topic, without(['pid'], info as Record<string, unknown>)] : [topic]),
  );
  const isExit = (line: string) => line.startsWith('["task.exit"');
  return [...plain.filter((line) => !isExit(line)), ...plain.filter(isExit).sort()].map((line) => {
    const [topic, info] = JSON.parse(line) as [string, object?];
    return [topic, info];
  });
}
