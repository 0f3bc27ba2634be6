import fs from 'node:fs';
import path from 'node:path';
import { golden } from '../formats/golden';
import { runStandalone, scratch, simpleJobspec, simpleR } from './standalone';

interface GoldenTask {
  rank: number;
  env: Record<string, string>;
}

const { jobspec_errors_standalone, gpu_standalone, mustache } = golden<{
  jobspec_errors_standalone: { case: string; jobspec: object; rc: number; stderr: string }[];
  gpu_standalone: {
    name: string;
    R: object;
    ntasks: number;
    options: object;
    env: Record<string, string>;
    shells: { rc: number; tasks: GoldenTask[] }[];
  }[];
  mustache: { jobid: number; template: string; result: string; stderr: string; rc: number }[];
}>('shell.json');

const folder = scratch();
/** Without file:line, which are the implementation's. */
const comparable = (stderr: string) => stderr.replace(/(: |: \w[\w-]*: )[\w/.]+:\d+: /g, '$1');

describe('standalone shell', () => {
  test.each(jobspec_errors_standalone.map((c) => [c.case, c] as const))('jobspec case %s', async (_, c) => {
    const run = await runStandalone(c.jobspec);
    expect({ rc: run.rc, stderr: comparable(run.stderr) }).toEqual({ rc: c.rc, stderr: comparable(c.stderr) });
  });

  // those with -9 were killed: a leader waits for what its followers never say
  test.each(gpu_standalone.filter((c) => c.shells[0]!.rc === 0).map((c) => [c.name, c] as const))(
    'environment of tasks: %s',
    async (_, c) => {
      const jobspec = simpleJobspec(['sh', '-c', 'env > $OUT.$FLUX_TASK_RANK'], {
        ntasks: c.ntasks,
        options: c.options,
        environment: { ...c.env, PATH: '/usr/bin:/bin', OUT: path.join(folder(), 'env') },
      });
      const run = await runStandalone(jobspec, c.R);
      expect(run.rc).toBe(c.shells[0]!.rc);
      for (const task of c.shells[0]!.tasks) {
        const lines = fs
          .readFileSync(path.join(folder(), `env.${task.rank}`), 'utf8')
          .trim()
          .split('\n');
        const env = Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
        for (const name of ['PATH', 'OUT', 'PWD', 'SHLVL', '_', 'OLDPWD']) delete env[name];
        const { PMI_FD, ...expected } = task.env;
        delete expected['PATH'];
        expect({ ...env, PMI_FD }).toEqual({ ...expected, PMI_FD });
      }
    },
  );

  test.each(mustache.map((c) => [`${c.jobid} ${c.template}`, c] as const))('output template %s', async (_, c) => {
    const prefix = '/tmp/'.padEnd(16, 'x');
    fs.mkdirSync(prefix, { recursive: true });
    try {
      const options = { output: { stdout: { type: 'file', path: `${prefix}/${c.template}` } } };
      const run = await runStandalone(simpleJobspec(['true'], { options }), simpleR(), { jobid: BigInt(c.jobid) });
      expect(comparable(run.stderr)).toBe(c.stderr);
      expect(fs.readdirSync(prefix)).toEqual([c.result]);
    } finally {
      fs.rmSync(prefix, { recursive: true });
    }
  });
});
