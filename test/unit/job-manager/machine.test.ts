import { JobResult, JobState, type JsonObject } from '../../../core';
import type { Job } from '../../../plugins/job-manager/job';
import { checkEvent } from '../../../plugins/job-manager/machine';
import { replayJob, withoutEnvironment } from '../../../plugins/job-manager/replay';
import { jobResult, waitOutcome } from '../../../plugins/job-manager/result';
import { golden, outcome } from '../formats/golden';
import { jobIn } from './jobs';

const { NEW, DEPEND, PRIORITY, SCHED, RUN, CLEANUP, INACTIVE } = JobState;
const all = [NEW, DEPEND, PRIORITY, SCHED, RUN, CLEANUP, INACTIVE];

function post(job: Job, name: string, context?: JsonObject): JobState {
  const event = { timestamp: 2, name, ...(context ? { context } : {}) };
  checkEvent(job, event)();
  return job.state;
}

/** Contexts that pass. */
const contexts: Record<string, JsonObject> = {
  submit: { userid: 1, urgency: 16, flags: 0 },
  'dependency-add': { description: 'd' },
  'dependency-remove': { description: 'd' },
  priority: { priority: 5 },
  urgency: { userid: 1, urgency: 3 },
  'set-flags': { flags: ['debug'] },
  'prolog-start': { description: 'd' },
  'prolog-finish': { description: 'd', status: 0 },
  'epilog-start': { description: 'd' },
  'epilog-finish': { description: 'd', status: 0 },
  exception: { type: 'x', severity: 1, userid: 1, note: '' },
  finish: { status: 0 },
  release: { ranks: 'all', final: true },
};

describe('events of a job', () => {
  test.each<[string, JobState[]]>([
    ['submit', [NEW]],
    ['dependency-add', [DEPEND]],
    ['dependency-remove', [DEPEND]],
    ['depend', [DEPEND]],
    ['priority', [PRIORITY, SCHED]],
    ['urgency', all],
    ['set-flags', all],
    ['memo', all],
    ['alloc', [SCHED, CLEANUP]],
    ['start', all],
    ['prolog-start', all],
    ['exception', [DEPEND, PRIORITY, SCHED, RUN, CLEANUP]],
    ['finish', [RUN, CLEANUP]],
    ['release', [RUN, CLEANUP]],
    ['epilog-start', [CLEANUP]],
    ['epilog-finish', [CLEANUP]],
    ['clean', [CLEANUP]],
    ['flux-restart', all],
    ['some-plugin-event', all],
  ])('%s is legal where the table says', (name, legal) => {
    for (const state of all) {
      const result = outcome(() => post(jobIn(state), name, contexts[name]));
      expect([state, typeof result]).toEqual([state, legal.includes(state) ? 'number' : 'object']);
      if (!legal.includes(state)) expect(result).toEqual({ errno: 'EINVAL' });
    }
  });

  test.each(Object.keys(contexts))('%s without its context, or with one of wrong types, is refused', (name) => {
    const job = jobIn(name === 'submit' ? NEW : name === 'priority' ? SCHED : name.startsWith('dependency') ? DEPEND : CLEANUP);
    expect(outcome(() => post(job, name))).toEqual({ errno: 'EPROTO' });
    const wrong = Object.fromEntries(Object.keys(contexts[name]!).map((key) => [key, { no: 1.5 }]));
    expect(outcome(() => post(job, name, wrong))).toEqual({ errno: 'EPROTO' });
  });

  test('lead from state to state', () => {
    const job = jobIn(NEW);
    expect(post(job, 'submit', contexts['submit'])).toBe(DEPEND);
    expect(post(job, 'depend')).toBe(PRIORITY);
    expect(post(job, 'priority', { priority: 7 })).toBe(SCHED);
    expect(post(job, 'priority', { priority: 8 })).toBe(SCHED);
    expect(post(job, 'alloc')).toBe(RUN);
    expect(post(job, 'finish', { status: 0 })).toBe(CLEANUP);
    expect(post(job, 'free')).toBe(CLEANUP);
    expect(post(job, 'clean')).toBe(INACTIVE);
    expect(job).toMatchObject({ priority: 8, hasResources: false });
  });

  test('free needs resources, and prologs a start that is not under way', () => {
    expect(outcome(() => post(jobIn(CLEANUP), 'free'))).toEqual({ errno: 'EINVAL' });
    const job = jobIn(RUN);
    job.startPending = true;
    for (const name of ['prolog-start', 'prolog-finish'])
      expect(outcome(() => post(job, name, contexts[name]))).toEqual({ errno: 'EINVAL' });
  });

  test('only fatal exceptions end a job, and the first end decides its result', () => {
    const job = jobIn(RUN);
    expect(post(job, 'exception', { ...contexts['exception'], severity: 4 })).toBe(RUN);
    expect(post(job, 'exception', { type: 'timeout', severity: 0, userid: -1, note: 'late' })).toBe(CLEANUP);
    post(job, 'exception', { type: 'cancel', severity: 0, userid: 1, note: '' });
    post(job, 'finish', { status: 0 });
    expect(jobResult(job)).toBe(JobResult.TIMEOUT);
    expect(waitOutcome(job)).toEqual({ success: false, errstr: 'Fatal exception type=timeout late' });
  });

  test.each([
    [0, true, 'task(s) exited with exit code 0', JobResult.COMPLETED],
    [768, false, 'task(s) exited with exit code 3', JobResult.FAILED],
    [15, false, 'task(s) Terminated', JobResult.FAILED],
    [0x137f, false, 'unexpected wait(2) status 4991', JobResult.FAILED],
  ])('a finish with status %d is told in words', (status, success, errstr, result) => {
    const job = jobIn(RUN);
    post(job, 'finish', { status });
    expect([waitOutcome(job), jobResult(job)]).toEqual([{ success, errstr }, result]);
  });

  test('a restart forgets the priority of a job that waits for resources, and nothing else', () => {
    const job = jobIn(SCHED, { priority: 9 });
    expect(post(job, 'flux-restart')).toBe(PRIORITY);
    expect(job.priority).toBe(-1);
    expect(post(jobIn(RUN, { priority: 9 }), 'flux-restart')).toBe(RUN);
  });

  test('prologs and epilogs share a count that does not go below zero', () => {
    const job = jobIn(CLEANUP);
    post(job, 'epilog-finish', contexts['epilog-finish']);
    post(job, 'epilog-start', contexts['epilog-start']);
    post(job, 'prolog-start', contexts['prolog-start']);
    expect(job.perilogs).toBe(2);
  });

  test('names of Object.prototype are events like any other', () => {
    expect(post(jobIn(RUN), 'constructor')).toBe(RUN);
  });
});

describe('a replayed eventlog', () => {
  const { scenarios } = golden<{ scenarios: Record<string, { id: string; jobspec: object; eventlog: string[] }> }>('jobs.json');
  const replay = ({ id, jobspec, eventlog }: { id: string; jobspec: object; eventlog: string[] }) =>
    replayJob(BigInt(id), withoutEnvironment(JSON.stringify(jobspec)), eventlog.map((line) => `${line}\n`).join(''));

  test.each(Object.entries(scenarios))('%s ends where the job did', (name, scenario) => {
    const job = replay(scenario);
    expect(job.state).toBe(name === 'priority-hold' ? SCHED : INACTIVE);
    expect(job.eventlogSeq).toBe(scenario.eventlog.length);
    expect(job.hasResources).toBe(false);
  });

  test('gives every state on the way', () => {
    const { success } = scenarios;
    const states = success!.eventlog.map((_, i) => replay({ ...success!, eventlog: success!.eventlog.slice(0, i + 1) }).state);
    expect(states).toEqual([DEPEND, PRIORITY, SCHED, RUN, RUN, CLEANUP, CLEANUP, CLEANUP, INACTIVE]);
  });

  test('restores memos with the form of their numbers, and drops the environment', () => {
    const memo = '{"timestamp":2.0,"name":"memo","context":{"t":2.0,"n":2}}';
    const job = replay({ ...scenarios['success']!, eventlog: [scenarios['success']!.eventlog[0]!, memo] });
    const { t, n } = job.annotations!['user'] as { t: unknown; n: unknown };
    expect([String(t), String(n)]).toEqual(['2.0', '2']);
    expect(job.plainJobspec).toEqual({ ...scenarios['success']!.jobspec, attributes: { system: { duration: 0, cwd: '/tmp' } } });
  });

  test.each([
    ['that begins with something else', ['{"timestamp":1.0,"name":"depend"}']],
    [
      'with an event that can not be',
      ['{"timestamp":1.0,"name":"submit","context":{"userid":0,"urgency":16,"flags":0}}', '{"timestamp":1.0,"name":"clean"}'],
    ],
    ['that is no log', ['x']],
  ])('%s is refused', (_what, eventlog) => {
    expect(outcome(() => replay({ id: '1', jobspec: {}, eventlog }))).toEqual({ errno: 'EINVAL' });
  });

  test('that has lost the end of its last line is refused: an event added to it would be lost, too', () => {
    const eventlog = '{"timestamp":1.0,"name":"submit","context":{"userid":0,"urgency":16,"flags":0}}\n{"timestamp":2.0,"na';
    expect(outcome(() => replayJob(1n, {}, eventlog))).toEqual({ errno: 'EINVAL' });
  });
});
