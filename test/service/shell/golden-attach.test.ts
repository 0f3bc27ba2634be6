import path from 'node:path';
import job from '../../../cli/commands/job';
import type { JsonObject } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { runCli } from '../../support/command';
import { Jobs } from '../../support/jobs';
import { golden } from '../../unit/formats/golden';
import { scratch } from '../../unit/shell/standalone';
import { run } from '../../unit/sys/run';

type Transcript = ['C' | 'S', string][];
type Session = 'unknown_command' | 'missing_key' | 'bad_init' | 'abort_exitcode';
const { pmi } = golden<{ pmi: { attach_stderr: Record<string, string> } & Record<Session, Record<string, Transcript>> }>('shell.json');

let t: TestInstance;
let jobs: Jobs;
beforeAll(async () => {
  t = await testInstance({ rc1: true, size: 2 });
  jobs = new Jobs(t);
});
afterAll(() => t.stop());
const folder = scratch();

interface Run {
  options?: JsonObject;
  /** What the tasks say to the PMI server, and what they do then; default: they end. */
  session?: Session;
  last?: string;
  nnodes?: number;
}
const untilEof = 'read -r -u $PMI_FD line';
const table: Record<string, Run> = {
  badclique: { options: { pmi: { clique: 'foo' } } },
  badkvs: { options: { pmi: { kvs: 'foo' } } },
  unk: { session: 'unknown_command', last: untilEof },
  nokey: { session: 'missing_key', last: untilEof },
  badinit: { session: 'bad_init', last: untilEof },
  abort1: { session: 'abort_exitcode', last: 'exec sleep 600' },
  abort2: { last: 'echo "cmd=abort exitcode=5 error_msg=my message here" >&$PMI_FD; exec sleep 600' },
  k9: { nnodes: 2, options: { pmi: { exchange: { k: 9 } } } },
  native: { options: { pmi: { kvs: 'native' } } },
};

/** Lines without times; those of the log, of the shell's own stderr and of the job's events come each in their order, but mixed in any. */
const comparable = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/^\d+\.\d+s: /, ''))
    .sort();

/** A task that says what a recorded client said, and prints what it is answered. Task 0 aborts when the others have said all of theirs. */
function scriptOf({ session, last = 'true' }: Run, fifo: string): { script: string; ntasks: number } {
  const tasks = Object.entries(session ? pmi[session] : {});
  const say = (lines: Transcript) =>
    lines.map(([side, line]) =>
      side === 'S'
        ? 'read -r -u $PMI_FD line; echo "$line"'
        : `${line.includes('cmd=abort') ? `read -r line <${fifo}; ` : ''}echo '${line.trimEnd()}' >&$PMI_FD`,
    );
  const cases = tasks.map(([rank, lines]) => `${rank}) ${[...say(lines), rank === '0' ? ':' : `echo >${fifo}`].join('\n')};;`);
  return { script: `case $FLUX_TASK_RANK in\n${cases.join('\n')}\n*) ;; esac\n${last}`, ntasks: Math.max(1, tasks.length) };
}

describe('flux job attach tells of a job with PMI what was recorded:', () => {
  test('each recorded job is in the table', () => expect(Object.keys(table)).toEqual(Object.keys(pmi.attach_stderr)));

  test.each(Object.entries(table))('%s', async (name, recordedRun) => {
    const work = folder();
    const fifo = path.join(work, 'said');
    await run(['mkfifo', fifo]);
    const { script, ntasks } = scriptOf(recordedRun, fifo);
    const { options = {}, session, nnodes } = recordedRun;
    const id = await jobs.submit({
      command: ['bash', '--norc', '-c', script],
      ntasks: nnodes ?? ntasks,
      ...(nnodes ? { nnodes } : {}),
      options,
    });
    const { stdout, stderr, status } = await runCli(job, ['attach', '-l', String(id)], { env: { FLUX_URI: t.uri() } });
    const recorded = pmi.attach_stderr[name]!;
    expect(comparable(stderr)).toEqual(comparable(recorded));
    expect(status).toBe(Number(/exit code (\d+)/.exec(recorded)?.[1] ?? 0));
    const answers = Object.entries(session ? pmi[session] : {}).flatMap(([rank, lines]) =>
      lines.filter(([side]) => side === 'S').map(([, line]) => `${rank}: ${line.trimEnd()}`),
    );
    const printed = stdout.split('\n').filter(Boolean).sort();
    // What a task printed may be lost with a shell that dies.
    if (status === 1) expect(answers).toEqual(expect.arrayContaining(printed));
    else expect(printed).toEqual(answers.sort());
  });
});
