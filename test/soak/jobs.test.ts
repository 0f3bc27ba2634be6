import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JOB_FLAG } from '../../core/client/job-submit';
import { spawnProcess } from '../../core/sys/spawn';
import { type TestInstance, testInstance } from '../../core/testing';
import { Jobs } from '../support/jobs';
import { processesWith } from '../support/processes';

const root = path.resolve(__dirname, '../../..');

describe('a shell host, over thousands of jobs', () => {
  let t: TestInstance;
  beforeAll(async () => {
    t = await testInstance({ rc1: true });
  });
  afterAll(() => t.stop());

  /** Runs so many jobs, some dozens at a time. */
  async function run(jobs: Jobs, count: number): Promise<void> {
    for (let left = count; left > 0; left -= 50) {
      const ids = await Promise.all(Array.from({ length: Math.min(50, left) }, () => jobs.submit({ flags: JOB_FLAG.waitable })));
      const results = await Promise.all(ids.map((id) => t.flux.rpc<{ success: boolean }>('job-manager.wait', { id })));
      expect(results.filter(({ success }) => !success)).toEqual([]);
    }
  }

  test('keeps its size, its descriptors and its threads', async () => {
    const jobs = new Jobs(t);
    const host = Number((await jobs.run({ command: ['sh', '-c', 'echo $PPID'] })).stdout);
    const count = (what: string) => fs.readdirSync(`/proc/${host}/${what}`).length;
    const kilobytes = () => Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${host}/status`, 'utf8'))![1]);
    await run(jobs, 1000);
    const before = { fd: count('fd'), task: count('task'), size: kilobytes() };
    await run(jobs, 4000);
    expect({ fd: count('fd'), task: count('task') }).toEqual({ fd: before.fd, task: before.task });
    expect(kilobytes()).toBeLessThan(before.size + 60_000); // 15 kB a job would be a leak
    expect(Number((await jobs.run({ command: ['sh', '-c', 'echo $PPID'] })).stdout)).toBe(host);
  });
});

test('200 jobs submitted one after the other end COMPLETED, and leave no process behind', async () => {
  const script =
    'for i in $(seq 200); do flux mini submit true; done >/dev/null; flux queue drain; flux jobs -A -n -c0 -o "{status}" | sort | uniq -c';
  const mark = `soak-${process.pid}`;
  const env = { PATH: process.env['PATH'], HOME: os.tmpdir(), LANG: 'C.UTF-8', SHELL: '/bin/bash', MARK: mark };
  const child = spawnProcess({ argv: [path.join(root, 'flux'), 'start', script], env, stdio: ['ignore', 'pipe', 'inherit'] });
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout!) chunks.push(chunk as Buffer);
  await child.exited;
  expect(Buffer.concat(chunks).toString().trim()).toBe('200 COMPLETED');
  expect(processesWith(`MARK=${mark}`)).toEqual([]);
});
