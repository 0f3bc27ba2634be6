import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type ChildExit, spawnProcess } from '../core/sys/spawn';
import { type JobFigures, mockChain } from './jobs-client';
import type { Row } from './startup.bench';

const root = path.resolve(__dirname, '..', '..');
const jobs = Number(process.env['FLUX_BENCH_JOBS'] ?? 500);
const fewer = 100;

/** Jobs of `true` beside the plain spawn rate, what they cost in CPU, and the chain of waits of one mock job from alloc to free. */
export default {
  name: 'jobs',
  async run(): Promise<Row[]> {
    const spawns = await spawnRate(jobs);
    const [few, many] = [await instance(fewer), await instance(jobs)];
    const rate = many.figures.jobs / many.figures.seconds;
    const cpu = (many.cpu - few.cpu) / (jobs - fewer);
    const { ms, steps } = await mockChain();
    return [
      { what: 'spawns of true', value: spawns, unit: '/s' },
      { what: `jobs of true (${jobs} at once)`, value: rate, unit: '/s', note: `${(spawns / rate).toFixed(1)} spawns each` },
      { what: 'CPU of a job, all processes', value: cpu * 1000, unit: 'ms' },
      { what: 'a mock job, alloc to free', value: ms, unit: 'ms', note: `${steps.filter(({ commit }) => commit).length} commits` },
      ...steps.map(({ at, what }) => ({ what: `  ${what}`, value: at, unit: 'ms' })),
    ];
  },
};

/** Processes of true per second, one after the other. */
async function spawnRate(count: number): Promise<number> {
  const started = performance.now();
  for (let i = 0; i < count; i++) await spawnProcess({ argv: ['true'], env: process.env }).exited;
  return (count / (performance.now() - started)) * 1000;
}

/** An instance of one broker that runs so many jobs: what its client has measured, and the CPU seconds of all its processes. */
async function instance(count: number): Promise<{ figures: JobFigures; cpu: number }> {
  const client = path.join(__dirname, 'jobs-client.js');
  const argv = [path.join(root, 'flux'), 'start', process.execPath, client, String(count)];
  const output = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'flux-bench-')), 'figures.json');
  try {
    const fd = fs.openSync(output, 'w');
    const { status, usage }: ChildExit = await spawnProcess({ argv, env: process.env, stdio: ['ignore', { fd }, 'inherit'] }).exited;
    fs.closeSync(fd);
    if (status !== 0) throw new Error(`flux start ended with status ${status}`);
    return { figures: JSON.parse(fs.readFileSync(output, 'utf8')) as JobFigures, cpu: usage.utime + usage.stime };
  } finally {
    fs.rmSync(path.dirname(output), { recursive: true });
  }
}
