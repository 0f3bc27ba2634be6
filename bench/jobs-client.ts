import { createJobspec, encodeJson, Flux, type JsonObject, kvs } from '../core';
import { JOB_FLAG, submitJob } from '../core/client/job-submit';
import { wallMilliseconds } from '../core/sys/wall-clock';
import { testInstance } from '../core/testing';

/** What a client inside an instance has measured. */
export interface JobFigures {
  jobs: number;
  /** From the first submission until the last job was waited for. */
  seconds: number;
}

/** The way of a job: its events, and the commits on the way. */
export interface Chain {
  /** Milliseconds from `alloc` to `free`. */
  ms: number;
  /** `at`: milliseconds after `alloc`. */
  steps: { at: number; what: string; commit: boolean }[];
}

const rounds = 200;
const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

/** The initial program of a bench's instance: runs COUNT jobs of true and prints its figures as JSON. */
async function main(count: number): Promise<void> {
  const flux = await Flux.open();
  try {
    await trueJobs(flux, 20); // everything is loaded by then
    const seconds = await trueJobs(flux, count);
    process.stdout.write(`${JSON.stringify({ jobs: count, seconds } satisfies JobFigures)}\n`);
  } finally {
    flux.close();
  }
}

async function trueJobs(flux: Flux, count: number): Promise<number> {
  const jobspec = encodeJson(createJobspec({ command: ['true'], cwd: '/tmp', environment }));
  const started = performance.now();
  const ids = await Promise.all(Array.from({ length: count }, () => submitJob(flux, jobspec, { flags: JOB_FLAG.waitable })));
  const results = await Promise.all(ids.map((id) => flux.rpc<{ success: boolean }>('job-manager.wait', { id })));
  if (!results.every(({ success }) => success)) throw new Error('a job has failed');
  return (performance.now() - started) / 1000;
}

/** The fastest of some mock jobs, in an instance in this process: times are those at which things happen. */
export async function mockChain(): Promise<Chain> {
  const instance = await testInstance({ rc1: true });
  try {
    const chains: Chain[] = [];
    for (let i = 0; i < rounds; i++) chains.push(await mockJob(instance.flux));
    return chains.sort((a, b) => a.ms - b.ms)[0]!;
  } finally {
    await instance.stop();
  }
}

async function mockJob(flux: Flux): Promise<Chain> {
  const commits: Chain['steps'] = [];
  const stop = await flux.subscribe(kvs.namespace, (event) => {
    const { namespace, keys = {} } = event.json() as { namespace: string; keys?: JsonObject };
    const what = Object.keys(keys).map(withoutJob).join(' ') || event.topic!.split('-').at(-1)!;
    commits.push({ at: wallMilliseconds(), what: `${namespace.replace(/\d+$/, 'ID')}: ${what}`, commit: true });
  });
  const times = await eventTimes(flux, await submitMock(flux));
  await stop();
  const begin = times.get('alloc')!;
  const end = times.get('free')!;
  const steps = [...commits, ...[...times].map(([name, at]) => ({ at, what: `event ${name}`, commit: false }))]
    .filter(({ at }) => at >= begin && at <= end)
    .sort((one, other) => one.at - other.at);
  return { ms: end - begin, steps: steps.map((step) => ({ ...step, at: step.at - begin })) };
}

/** When each event of a job happened, to its end: by its timestamp, for several may come together. */
async function eventTimes(flux: Flux, id: bigint): Promise<Map<string, number>> {
  const times = new Map<string, number>();
  const allow = { alloc: 0, start: 0, finish: 0, release: 0, free: 0, clean: 0 };
  for await (const { events } of flux.stream<JournalEvents>('job-manager.events-journal', { allow })) {
    for (const { id: of, entry } of events) if (BigInt(of) === id) times.set(entry.name, entry.timestamp * 1000);
    if (times.has('clean')) return times;
  }
  throw new Error('the journal has ended');
}

interface JournalEvents {
  events: { id: number | bigint; entry: { name: string; timestamp: number } }[];
}

function submitMock(flux: Flux): Promise<bigint> {
  const jobspec = createJobspec({ command: ['true'] });
  jobspec.attributes.system['exec'] = { test: { run_duration: '0.00001s' } };
  return submitJob(flux, encodeJson(jobspec));
}

/** The end of a job's key: `guest`, `eventlog`. */
const withoutJob = (key: string): string => key.replace(/^job(\.[0-9a-f]{4}){4}\./, '');

if (require.main === module) void main(Number(process.argv[2] ?? 200));
