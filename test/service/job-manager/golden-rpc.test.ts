import { encodeJson, FluxError, jobIdFromJson, signNone, strerror } from '../../../core';
import { golden } from '../../unit/formats/golden';
import { JobInstance, jobspec } from './job-instance';

interface Case {
  role: 'owner' | 'user';
  userid?: number | string;
  topic: string;
  payload: unknown;
  note?: string;
  errno?: string;
  error?: string;
  response?: unknown;
}

const OWNER = 0; // the golden data's
const { rpc: cases } = golden<{ rpc: Case[] }>('jobs.json');

/** Where the recording leaves something open, or our text is free. */
const anyText = new Set(['(unspecified)']);

describe('requests to job-manager and job-ingest, as recorded', () => {
  let jobs: JobInstance;
  const ids: Record<string, bigint> = {};

  beforeAll(async () => {
    jobs = await JobInstance.start();
    ids['$RUN'] = await jobs.submit({ command: ['sleep', '60'] });
    await jobs.event(ids['$RUN'], 'start');
    ids['$HELD'] = await jobs.submit({ urgency: 0 });
    ids['$WHELD'] = await jobs.submit({ urgency: 0, flags: 4 });
  });
  afterAll(() => jobs.stop());

  test.each(cases.map((one, i) => [`${i} ${one.role} ${one.topic} ${JSON.stringify(one.payload)?.slice(0, 60)} ${one.note ?? ''}`, one]))(
    '%s',
    async (_name, one) => {
      if (one.role === 'user' && ids['$WHELD'] !== undefined) await cancelWaitable();
      const result = await ask(one);
      if (one.errno !== undefined) expectError(result, one);
      else if (one.note?.includes('any one active job')) expect((normal(result) as { jobs: unknown[] }).jobs).toHaveLength(1);
      else expect(normal(result)).toEqual(one.response ?? {});
      if (one.topic === 'job-ingest.submit' && one.response) await cancel(jobIdFromJson((result as { id: unknown }).id));
    },
  );

  async function cancelWaitable() {
    await cancel(ids['$WHELD']!);
    delete ids['$WHELD'];
  }

  async function cancel(id: bigint) {
    await jobs.flux.rpc('job-manager.raise', { id, severity: 0, type: 'cancel' }).catch(() => {}); // it may have ended
    await jobs.event(id, 'clean');
  }

  async function ask({ role, userid, topic, payload, note }: Case): Promise<unknown> {
    const options = { userid: typeof userid === 'number' ? userid : OWNER, rolemask: role === 'owner' ? 1 : 2, timeout: 5000 };
    try {
      return await jobs.flux.rpc(topic, payload === null ? undefined : (fill(payload, options.userid, note) as object), options);
    } catch (e) {
      return e;
    }
  }

  function fill(payload: unknown, userid: number, note = ''): unknown {
    const filled = Object.entries(payload as object).map(([key, value]) => {
      if (typeof value === 'string' && value in ids) return [key, ids[value]];
      if (value === '<valid J>') return [key, signNone(OWNER, JSON.stringify(jobspec()))];
      if (value === '<J>') return [key, jOf(userid, note)];
      // JSON.parse has made an integer of the one real there is.
      return [key, note === '' && key === 'urgency' && value === 16 && (payload as { J?: string }).J === 'x' ? 16.5 : value];
    });
    return Object.fromEntries(filled);
  }

  function jOf(userid: number, note: string): string {
    if (note.includes('unparsable')) return 'foo';
    return signNone(note.includes('other uid') ? userid + 1 : userid, JSON.stringify(jobspec()));
  }

  function expectError(result: unknown, { errno, error, note = '' }: Case): void {
    expect(result).toBeInstanceOf(FluxError);
    const { code, message, errnum } = result as FluxError;
    if (!anyText.has(errno!)) expect(code).toBe(errno);
    if (note.includes('only the prefix')) expect(message).toMatch(/^jobspec: invalid JSON: ./);
    else if (error === '') expect(message).toBe(strerror(errnum));
    else
      expect(
        message.replace(/^\/.*\/(?=[^/]+ already loaded)/, '<directory>/').replace(/^\S*\/(?=alloc-bypass.so: )/, '<directory>/'),
      ).toBe(error);
  }

  function normal(result: unknown): unknown {
    if (result instanceof FluxError) return result;
    return JSON.parse(encodeJson(result), (key, value) => {
      if (key === 'max_jobid') return '$MAX';
      if (key === 't_submit') return 0;
      if (key !== 'id') return value;
      return Object.keys(ids).find((name) => ids[name] === jobIdFromJson(value)) ?? '$NEW';
    });
  }
});
