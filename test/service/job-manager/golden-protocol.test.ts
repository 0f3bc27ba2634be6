import { encodeJson, type FluxError, jobIdFromJson } from '../../../core';
import { golden } from '../../unit/formats/golden';
import { FakeExec } from './fake-exec';
import { FakeSched } from './fake-sched';
import { JobInstance, shown } from './job-instance';
import { RecordingService } from './recording-service';

interface Step {
  dir?: string;
  step?: string;
  submits?: string;
  with?: { urgency?: number; flags?: number };
  request?: string;
  payload?: Record<string, unknown> | null;
  result?: unknown;
  responses?: unknown[];
  'response to'?: string;
}

const { protocol } = golden<{ protocol: { sched: Step[]; exec: Step[] } }>('jobs.json');

/**
 * In the recording a job of higher priority displaces two others where one would do, and the second comes back at once:
 * docs/protocol/job-manager.md §7.2 calls it a wart. What we leave out of it:
 */
const leftOut = [
  { request: 'sched.cancel', id: '$C' },
  { request: 'sched.alloc', id: '$C' },
];

/** Plays the recorded steps: what we send must come in this order, what others sent is sent. */
class Replay {
  readonly ids: Record<string, bigint> = {};
  constructor(
    readonly jobs: JobInstance,
    readonly service: RecordingService,
  ) {}

  async play(step: Step): Promise<void> {
    const eventlog = Object.entries(step).find(([key]) => key.startsWith('eventlog of '));
    if (eventlog) return this.#compare(eventlog[0].slice('eventlog of '.length), eventlog[1] as string[]);
    if (step.submits) this.ids[step.submits] = await this.jobs.submit({ command: ['sleep', '60'], ...step.with });
    else if (step.dir === 'job-manager -> service') await this.#expectRequest(step);
    else if (step['response to']) this.#respond(step);
    else if (step.request) await this.#request(step);
    await this.jobs.settled();
  }

  async #expectRequest({ request, payload }: Step): Promise<void> {
    const actual = await this.service.next();
    expect(actual.topic).toBe(request);
    expect(actual.matchtag).toBe(0);
    expect(actual.message.payload ? this.#normal(actual.json()) : null).toEqual(payload);
  }

  #respond({ 'response to': topic, payload }: Step): void {
    const filled = this.#fill(payload!) as { id: bigint | number };
    this.service.respond(topic!, BigInt(filled.id), filled);
  }

  async #request({ request, payload, result, responses, dir }: Step): Promise<void> {
    const [topic, streaming] = request!.split(' ');
    const flux = dir === 'client -> job-manager' ? this.jobs.flux : this.service.flux;
    if (streaming) {
      const actual = [];
      for await (const response of flux.stream(topic!)) actual.push(this.#normal(response));
      expect([...actual, 'end of stream: ENODATA']).toEqual(responses);
      return;
    }
    const actual = await flux.rpc(topic!, this.#fill(payload ?? {}) as object).catch((e: unknown) => e);
    if (Array.isArray(result)) expect([(actual as FluxError).code, (actual as FluxError).message]).toEqual(result);
    else expect(this.#normal(actual)).toEqual(result ?? {});
  }

  async #compare(name: string, lines: string[]): Promise<void> {
    const last = shown(lines[lines.length - 1]!).split(' ')[0]!;
    await this.jobs.event(this.ids[name]!, last);
    await this.jobs.settled();
    expect(this.jobs.eventlog(this.ids[name]!)).toEqual(lines.map(shown));
  }

  #fill(payload: unknown): unknown {
    return JSON.parse(JSON.stringify(payload), (key, value) => (key === 'id' && value in this.ids ? this.ids[value] : value));
  }

  #normal(value: unknown): unknown {
    const name = (id: unknown) => Object.keys(this.ids).find((known) => this.ids[known] === jobIdFromJson(id)) ?? id;
    return JSON.parse(encodeJson(value), (key, member) => {
      if (key === 'id') return name(member);
      if (key === 't_submit') return 0;
      if (key === 'jobs') return member.map(([id, priority]: unknown[]) => [name(id), priority]);
      if (key !== 'jobspec') return member;
      expect(member.attributes.system.environment).toBeUndefined();
      return '<jobspec without attributes.system.environment>';
    });
  }
}

describe('recorded conversations', () => {
  let jobs: JobInstance;
  beforeEach(async () => {
    jobs = await JobInstance.start({ services: false });
  });
  afterEach(() => jobs.stop());

  test('with a scheduler', async () => {
    jobs.exec = await FakeExec.start(await jobs.instance.open());
    const handle = await jobs.instance.open();
    const sched = await FakeSched.start(handle, { grant: true });
    await sched.ready();
    const running = await jobs.submit({ command: ['sleep', '60'] });
    await jobs.event(running, 'start');
    handle.close();
    const service = await RecordingService.start(await jobs.instance.open(), 'sched', ['alloc', 'cancel', 'free', 'prioritize']);
    const replay = new Replay(jobs, service);
    replay.ids['$RUN'] = running;
    await replayAll(replay, withoutWart(protocol.sched.slice(2)));
  });

  test('with an exec service, over a restart', async () => {
    let sched = await FakeSched.start(await jobs.instance.open(), { grant: true });
    await sched.ready();
    const replay = new Replay(jobs, await RecordingService.start(await jobs.instance.open(), 'myexec', ['start', 'disconnect']));
    for (const step of protocol.exec) {
      await replay.play(step);
      // The restart is after the response that the recording has before it.
      if (step.payload?.['type'] === 'start' && step.payload['id'] === '$D') {
        await jobs.reloadManager();
        sched = await restarted(sched);
      }
    }
  });

  async function restarted(sched: FakeSched): Promise<FakeSched> {
    expect(await sched.hello()).toHaveLength(1);
    await sched.ready();
    return sched;
  }
});

async function replayAll(replay: Replay, steps: Step[]): Promise<void> {
  for (const step of steps) await replay.play(step);
}

function withoutWart(steps: Step[]): Step[] {
  const from = steps.findIndex((step) => step.request === 'sched.cancel' && step.payload?.['id'] === '$C');
  const to = steps.findIndex((step) => step.step === 'urgency of a pending job changes');
  const isLeftOut = (step: Step) =>
    leftOut.some(({ request, id }) => (step.request === request || step['response to'] === 'sched.alloc') && step.payload?.['id'] === id);
  return steps.filter((step, i) => i < from || i >= to || !isLeftOut(step));
}
