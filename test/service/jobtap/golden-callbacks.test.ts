import path from 'node:path';
import { encodeJson, jobIdFromJson } from '../../../core';
import { golden } from '../../unit/formats/golden';
import { JobInstance } from '../job-manager/job-instance';

interface Call {
  topic: string;
  in: Record<string, unknown>;
}

const { jobtap_callbacks: recorded } = golden<{ jobtap_callbacks: Record<string, Call[]> }>('jobs.json');
const recorder = path.join(__dirname, 'plugins/recorder.js');

describe('callbacks, as recorded', () => {
  let jobs: JobInstance;
  afterEach(() => jobs.stop());

  async function start(conf: object = {}, load = true): Promise<void> {
    jobs = await JobInstance.start();
    if (load) await jobs.flux.rpc('job-manager.jobtap', { load: recorder, conf });
  }

  async function calls(ids: Record<string, bigint>): Promise<unknown[]> {
    const response = await jobs.flux.rpc('job-manager.recorder.calls');
    return JSON.parse(encodeJson(response), (key, value) => {
      if (key === 'timestamp' || key === 't_submit') return 0;
      if (key === 'id') return Object.keys(ids).find((name) => ids[name] === jobIdFromJson(value)) ?? value;
      if (key === 'value') return Object.keys(ids).find((name) => String(ids[name]) === value) ?? value;
      if (key === 'description') return value.replace(/=.*/, '=T');
      return value;
    }).calls;
  }

  async function run(options: Parameters<JobInstance['submit']>[0], then?: (id: bigint) => Promise<unknown>): Promise<unknown[]> {
    const id = await jobs.submit(options);
    await jobs.event(id, 'priority');
    await then?.(id);
    await jobs.event(id, 'clean');
    return calls({ $A: id });
  }

  test('of a normal job', async () => {
    await start();
    expect(await run({})).toEqual(recorded['normal']);
  });

  test('of a held job that is released', async () => {
    await start();
    const release = (id: bigint) => jobs.flux.rpc('job-manager.urgency', { id, urgency: 16 });
    expect(await run({ urgency: 0 }, release)).toEqual(recorded['held then urgency 16']);
  });

  test('of a held job that is cancelled', async () => {
    await start();
    const cancel = (id: bigint) => jobs.flux.rpc('job-manager.raise', { id, type: 'cancel', severity: 0 });
    expect(await run({ urgency: 0 }, cancel)).toEqual(recorded['held then cancelled']);
  });

  test('of a dependency with a scheme of the plugin', async () => {
    await start();
    const dependencies = [{ scheme: 'foo', value: 'v', extra: 7 }];
    expect(await run({ system: { dependencies } })).toEqual(recorded['dependency scheme foo, handler adds no dependency']);
  });

  test('of all events of a job it subscribed to', async () => {
    await start({ subscribe: true });
    const dependencies = [{ scheme: 'begin-time', value: '1000' }];
    // The recorded plugin has no handler for this dependency: .begin-time alone takes it.
    const actual = ((await run({ system: { dependencies } })) as Call[]).filter(({ topic }) => !topic.startsWith('job.dependency'));
    expect(actual).toEqual(recorded['subscribed in job.new, begin-time dependency']);
  });

  test('of jobs that are there as it is loaded, or that a restart brings back', async () => {
    await start({}, false);
    const ids: Record<string, bigint> = {};
    ids['$RUN'] = await jobs.submit({ command: ['sleep', '60'] });
    await jobs.event(ids['$RUN'], 'start');
    ids['$HELD'] = await jobs.submit({ urgency: 0 });
    ids['$DEP'] = await jobs.submit({ system: { dependencies: [{ scheme: 'afterok', value: String(ids['$HELD']) }] } });
    await jobs.event(ids['$DEP'], 'dependency-add');
    await jobs.flux.rpc('job-manager.jobtap', { load: recorder });
    const loaded = recorded['plugin loaded with $RUN running, $HELD held in SCHED, $DEP in DEPEND (order among jobs unspecified)']!;
    expect(await calls(ids)).toEqual(loaded.map(withoutLeftover));

    const { kvs } = jobs;
    await jobs.stop();
    jobs = await JobInstance.start({ kvs, services: false, config: { 'job-manager': { plugins: [{ load: recorder }] } } });
    const restarted = recorded['job-manager restarted with the same jobs, plugin loaded by configuration (order among jobs unspecified)']!;
    expect(await calls(ids)).toEqual(restarted);
  });
});

/** The reference's arguments still hold the dependency of the call before. */
function withoutLeftover(call: Call): Call {
  if (call.topic !== 'job.state.depend') return call;
  const { dependency: _, ...rest } = call.in;
  return { ...call, in: rest };
}
