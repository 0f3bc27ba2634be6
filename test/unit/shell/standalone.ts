import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { JobShell } from '../../../core/shell/job/shell';
import { runShell } from '../../../core/shell/run';
import type { ShellOptions } from '../../../core/shell/shell-options';
import { builtinStack } from '../../../core/shell/stack/builtins';

const root = path.join(__dirname, '../../..');

export interface StandaloneRun {
  rc: number;
  stdout: string;
  stderr: string;
}

/** A jobspec of `ntasks` one-core tasks. */
export function simpleJobspec(
  command: string[],
  { ntasks = 1, options = {}, ...system }: { ntasks?: number; options?: object } & Record<string, unknown> = {},
) {
  return {
    resources: [{ type: 'slot', count: ntasks, with: [{ type: 'core', count: 1 }], label: 'task' }],
    tasks: [{ command, slot: 'task', count: { per_slot: 1 } }],
    attributes: { system: { duration: 0, cwd: '/tmp', environment: { PATH: '/usr/bin:/bin' }, shell: { options }, ...system } },
    version: 1,
  };
}

/** R of one rank with these children. */
export function simpleR(children: Record<string, string> = { core: '0-1' }, rank = '0') {
  return { version: 1, execution: { R_lite: [{ rank, children }], starttime: 0, expiration: 0, nodelist: ['n0'] } };
}

/** Runs a standalone shell in this process. */
export async function runStandalone(
  jobspec: object | string,
  R: object = simpleR(),
  options: Partial<ShellOptions> = {},
): Promise<StandaloneRun> {
  const out: Buffer[] = [];
  let stderr = '';
  const stack = builtinStack(path.join(root, 'shell-plugins'), (line) => {
    stderr += `HOST: ${line}\n`;
  });
  const shell = new JobShell(
    {
      jobid: 1234n,
      env: { LANG: 'C.UTF-8' },
      userid: process.getuid!(),
      hostname: os.hostname(),
      cwd: '/tmp',
      standalone: true,
      verbose: 0,
      brokerRank: 0,
      readJobspec: () => (typeof jobspec === 'string' ? jobspec : JSON.stringify(jobspec)),
      readR: () => JSON.stringify(R),
      paths: { plugins: path.join(root, 'no-plugins'), initrc: path.join(root, 'initrc/initrc.lua'), lua: path.join(root, 'initrc/lua') },
      stdout: (data) => void out.push(Buffer.from(data)),
      stderr: (text) => {
        stderr += text;
      },
      ...options,
    },
    stack,
  );
  const rc = await runShell(shell);
  stack.dispose();
  return { rc, stdout: Buffer.concat(out).toString('utf8'), stderr };
}

/** A folder for a test's files, removed after each test. */
export function scratch(): () => string {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-shell-test-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));
  return () => folder;
}
