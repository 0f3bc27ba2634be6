import { createJobspec, encodeJson, Flux, type JsonObject } from '../core';
import { JOB_FLAG, submitJob } from '../core/client/job-submit';

/** What a client inside the instance has measured. */
export interface JobFigures {
  /** Wall time of `jobs` submissions and their ends, in seconds. */
  jobs: number;
  seconds: number;
  /** One mock job: milliseconds from `alloc` to `free`, the fastest of several, and what was committed between. */
  chain: { ms: number; commits: { at: number; what: string }[] };
}

const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };

/** Program of the bench, run as initial program: `COUNT` jobs of true, then mock jobs one at a time. Prints its figures as JSON. */
async function main(count: number): Promise<void> {
  const flux = await Flux.open();
  try {
    await trueJobs(flux, Math.min(count, 20)); // everything is loaded by then
    const seconds = await trueJobs(flux, count);
    const chains = [];
    for (let i = 0; i < 10; i++) chains.push(await mockJob(flux));
    const chain = chains.sort((a, b) => a.ms - b.ms)[0]!;
    process.stdout.write(`${JSON.stringify({ jobs: count, seconds, chain } satisfies JobFigures)}\n`);
  } finally {
    flux.close();
  }
}

async function trueJobs(flux: Flux, count: number): Promise<number> {
  const jobspec = encodeJson(createJobspec({ command: ['true'], cwd: '/tmp', environment: env }));
  const started = performance.now();
  const ids = await Promise.all(Array.from({ length: count }, () => submitJob(flux, jobspec, { flags: JOB_FLAG.waitable })));
  const results = await Promise.all(ids.map((id) => flux.rpc<{ success: boolean }>('job-manager.wait', { id })));
  if (!results.every(({ success }) => success)) throw new Error('a job has failed');
  return (performance.now() - started) / 1000;
}

/** What is told of a job's way, with the times at which this client hears of it. */
async function mockJob(flux: Flux): Promise<JobFigures['chain']> {
  const heard: { at: number; what: string }[] = [];
  const stop = await flux.subscribe('kvs.namespace-', (event) => {
    const { namespace, keys } = event.json() as { namespace: string; keys: JsonObject };
    heard.push({
      at: performance.now(),
      what: `${namespace.replace(/\d+$/, 'ID')}: ${Object.keys(keys ?? {})
        .map(lastPart)
        .join(' ')}`,
    });
  });
  const journal = flux.stream<{ events: { entry: { name: string } }[] }>('job-manager.events-journal', {
    allow: { alloc: 0, start: 0, finish: 0, release: 0, free: 0, clean: 0 },
  });
  await journal.next(); // history
  const spec = createJobspec({ command: ['true'] });
  spec.attributes.system['exec'] = { test: { run_duration: '0.00001s' } };
  await submitJob(flux, encodeJson(spec));
  const times: Record<string, number> = {};
  for await (const { events } of journal) {
    for (const { entry } of events) {
      times[entry.name] = performance.now();
      heard.push({ at: times[entry.name]!, what: `event ${entry.name}` });
    }
    if (times['clean'] !== undefined) break;
  }
  await stop();
  const begin = times['alloc']!;
  return {
    ms: times['free']! - begin,
    commits: heard.filter(({ at }) => at <= times['clean']! + 1).map(({ at, what }) => ({ at: at - begin, what })),
  };
}

/** The end of a job's key: `…guest`, `exec.eventlog`. */
const lastPart = (key: string): string => key.replace(/^job(\.[0-9a-f]{4}){4}\./, '');

void main(Number(process.argv[2] ?? 200));
