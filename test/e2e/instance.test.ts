import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { spawnProcess } from '../../core/sys/spawn';
import { processesWith } from '../support/processes';
import { scratchEnv } from '../support/scratch';
import { flux, inside, root, run, runFlux } from './processes';

const example = (name: string) => path.join(root, 'examples', name);

describe('an instance', () => {
  test('runs a parallel job on four brokers, a labelled line from each task', async () => {
    const { stdout, status } = await inside(4, `flux mini run -N4 -n4 --label-io sh -c 'echo $FLUX_TASK_RANK of $FLUX_JOB_SIZE'`);
    expect(stdout.trim().split('\n').sort()).toEqual(['0: 0 of 4', '1: 1 of 4', '2: 2 of 4', '3: 3 of 4']);
    expect(status).toBe(0);
  });

  test('of one broker is the process of flux start itself', async () => {
    const { stdout, pid } = await runFlux(['start', 'flux', 'getattr', 'broker.pid']);
    expect(stdout).toBe(`${pid}\n`);
  });

  test('gives the exit codes of jobs: 1, 143 for SIGTERM, 127 for an unknown command', async () => {
    const { stdout, stderr } = await inside(
      1,
      `flux mini run false; echo $?; flux mini run sh -c 'kill $$'; echo $?; flux mini run /nosuch; echo $?`,
    );
    expect(stdout.split('\n')).toEqual(['1', '143', '127', '']);
    expect(stderr).toContain('job.exception type=exec severity=0 task 0: start failed: /nosuch: No such file or directory');
  });

  test('refuses a job that is larger than itself, and goes on', async () => {
    const { stdout, stderr } = await inside(2, 'flux mini run -n 999 true; echo $?; flux mini run echo still here');
    expect(stdout).toBe('1\nstill here\n');
    expect(stderr).toContain('job.exception type=alloc severity=0 unsatisfiable request');
  });

  test('ends 20 submissions in a row with as many completed jobs, and leaves no process behind', async () => {
    const mark = `e2e-${process.pid}`;
    const line =
      'for i in $(seq 20); do flux mini submit true; done >/dev/null; flux queue drain; flux jobs -A -n -c0 -o "{status}" | sort | uniq -c';
    expect((await run([flux, 'start', line], { env: { MARK: mark } })).stdout.trim()).toBe('20 COMPLETED');
    expect(processesWith(`MARK=${mark}`)).toEqual([]);
  });
});

test('when rc1 of rank 0 fails, all brokers end by themselves', async () => {
  const argv = [path.join(root, 'flux'), 'start', '-s3', '-o-Sbroker.rc1_path=exit 3', 'true'];
  const env = { PATH: process.env['PATH'], HOME: os.tmpdir(), LANG: 'C.UTF-8', SHELL: '/bin/bash', ...scratchEnv() };
  const child = spawnProcess({ argv, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr = text(child.stderr!);
  expect(await child.exited).toMatchObject({ code: 3 });
  expect(await stderr).not.toContain('Killed');
});

describe('the examples', () => {
  test('a broker module serves, is listed, and after an edit and a reload shows what is on disk', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-e2e-'));
    try {
      fs.copyFileSync(example('hello.ts'), path.join(dir, 'hello.ts'));
      const count = (n: number) => `flux module list | grep '^hello' | awk '{print $NF, ${n}}'`;
      const edit = `sed -i "s/services: \\['greeter'\\]/services: ['welcomer']/; s/greeter.count/welcomer.count/" hello.ts`;
      const line = `flux module load ./hello.ts max=2 && ${count(1)}; ${edit}; flux module reload ./hello.ts && ${count(2)}; flux ping -c 1 hello | cut -d' ' -f1`;
      const { stdout, stderr } = await inside(1, line, dir);
      expect([stdout, stderr]).toEqual(['greeter 1\nwelcomer 2\nhello.ping\n', '']);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  });

  test('a jobtap plugin rejects a job with its own text at the terminal, until it is removed', async () => {
    const submit = 'flux mini submit --urgency=hold true >/dev/null';
    const { stdout, stderr } = await inside(
      1,
      `flux jobtap load ${example('limits.ts')} max=1; ${submit}; ${submit}; echo $?; flux jobtap remove limits.ts; ${submit}; echo $?; flux job cancelall -f`,
    );
    expect(stdout).toBe('1\n0\n');
    expect(stderr).toContain('User exceeded 1 jobs');
  });

  test('a shell plugin and a Lua plugin of an initrc change the environment of the job', async () => {
    const { stdout, stderr } = await inside(1, `flux mini run -n2 -o initrc=${example('initrc.lua')} sh -c 'echo "$GREETING; $SITE"'`);
    expect(stdout.trim().split('\n').sort()).toEqual(['hi, task 0; task 0 of 2', 'hi, task 1; task 1 of 2']);
    expect(stderr).toContain('greeting: hello from shell 0 of 1');
  });
});
