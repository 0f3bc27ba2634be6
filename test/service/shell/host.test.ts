import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FluxError } from '../../../core';
import { processGone } from '../../../core/sys/pidfd';
import { processExists, signals } from '../../../core/sys/signals';
import { spawnProcess } from '../../../core/sys/spawn';
import { type TestInstance, testInstance } from '../../../core/testing';
import { Jobs, shown } from '../../support/jobs';

const plugins = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-host-test-'));
const room = path.join(plugins, 'shell-plugins');
let t: TestInstance;
let jobs: Jobs;

beforeAll(async () => {
  fs.mkdirSync(room);
  fs.writeFileSync(path.join(room, 'misbehave.ts'), misbehaving());
  t = await testInstance({ rc1: true, searchPath: plugins });
  jobs = new Jobs(t);
});
afterAll(async () => {
  await t.stop();
  fs.rmSync(plugins, { recursive: true });
});

// what a test that fails has left would keep the cores from the others
afterEach(async () => {
  for (const pid of await listed()) await signal(pid, signals.SIGKILL);
});

/** A plugin that does what the option `misbehave` says, in shell.init. */
function misbehaving(): string {
  return `import { defineShellPlugin } from 'flux';
export default defineShellPlugin({ name: 'misbehave', api: 1, setup(s) {
  s.on('shell.init', (shell) => {
    const how = shell.getopt('misbehave');
    if (how === 'throw') throw new Error('thrown in a handler');
    if (how === 'timer') setTimeout(() => { throw new Error('thrown in a raw timer'); }, 0);
    if (how === 'reject') void Promise.reject(new Error('rejected and not handled'));
    if (how === 'exit') process.exit(3);
    if (how === 'print') console.log('printed past the log');
  });
} });
`;
}

const ppid = async (options: Parameters<Jobs['run']>[0] = {}) =>
  Number((await jobs.run({ command: ['sh', '-c', 'echo $PPID'], ...options })).stdout);

interface Processes {
  procs: { pid: number; sender: string }[];
}
const listed = async () => (await t.flux.rpc<Processes>('broker.rexec.processes')).procs.map(({ pid }) => pid);

let pipes = 0;
async function namedPipe(): Promise<string> {
  const pipe = path.join(plugins, `pipe-${pipes++}`);
  await spawnProcess({ argv: ['mkfifo', pipe], env: process.env, stdio: [] }).exited;
  return pipe;
}

/** A job whose task has told its pid and runs on. */
async function sleeper(options: Parameters<Jobs['run']>[0] = {}): Promise<{ id: bigint; task: number; shell: number }> {
  const before = await listed();
  const id = await jobs.submit({ command: ['sh', '-c', 'echo pid $$; sleep 1000 & wait'], ...options });
  const task = Number((await jobs.printed(id, 'pid ')).slice(4));
  await jobs.execEvent(id, 'shell.start');
  const [shell] = (await listed()).filter((pid) => !before.includes(pid));
  return { id, task, shell: shell! };
}

const signal = (pid: number, signum: number) => t.flux.rpc('broker.rexec.signal', { pid, signum });

describe('the shell host', () => {
  test('runs the shells of all ordinary jobs in one process', async () => {
    const host = await ppid();
    expect(await ppid()).toBe(host);
    expect(fs.readFileSync(`/proc/${host}/cmdline`, 'utf8')).toContain('flux-shell-host');
  });

  test('keeps apart what jobs are told: directory, environment, id, namespace', async () => {
    const command = ['sh', '-c', 'pwd; echo $COLOUR $TMPDIR; test -d $FLUX_JOB_TMPDIR && flux getattr rank'];
    const flux = path.resolve(__dirname, '../../../..');
    const one = { PATH: `${flux}:${process.env['PATH']}`, COLOUR: 'red', TMPDIR: t.rundir };
    const [a, b] = await Promise.all([
      jobs.run({ command, cwd: '/', environment: one }),
      jobs.run({ command, cwd: '/usr', environment: { ...one, COLOUR: 'blue' } }),
    ]);
    expect([a.stdout, b.stdout]).toEqual([`/\nred ${t.rundir}\n0\n`, `/usr\nblue ${t.rundir}\n0\n`]);
    expect([a.status, b.status]).toEqual([0, 0]);
    expect(fs.readlinkSync(`/proc/${await ppid()}/cwd`)).toBe('/');
  });

  test('a directory that cannot be entered is told once, as a line of the shell', async () => {
    const { exec, stdout } = await jobs.run({ command: ['pwd'], cwd: '/nosuchdir' });
    expect(stdout).toBe('/tmp\n');
    const told = shown(exec).filter((line) => line.includes('Could not change dir'));
    expect(told).toEqual([
      expect.stringContaining('"data":"Could not change dir to /nosuchdir: No such file or directory. Going to /tmp instead\\n"'),
      expect.stringContaining('flux-shell: ERROR: Could not change dir to /nosuchdir'),
    ]);
  });

  test('the tasks of a job on a node are one process group', async () => {
    const { stdout } = await jobs.run({
      ntasks: 2,
      command: ['sh', '-c', 'read line; cut -d" " -f5 /proc/$$/stat', 'sh'],
      options: { input: { stdin: { type: 'file', path: '/dev/null' } } },
    });
    const [first, second] = stdout.trim().split('\n');
    expect(second).toBe(first);
  });

  test('nobody waits for a job whose input is a named pipe that nobody writes to', async () => {
    const pipe = await namedPipe();
    const id = await jobs.submit({ command: ['cat'], options: { input: { stdin: { type: 'file', path: pipe } } } });
    await jobs.execEvent(id, 'shell.start');
    expect((await jobs.run()).status).toBe(0);
    fs.writeFileSync(pipe, 'at last\n');
    expect(await jobs.end(id)).toMatchObject({ status: 0, stdout: 'at last\n' });
  });

  describe('leaves to a process of its own a job with', () => {
    const rc = path.join(plugins, 'rc.lua');
    beforeAll(() => fs.writeFileSync(rc, 'shell.setenv("FROM_RC", "1")\n'));
    const own: [string, Parameters<Jobs['run']>[0]][] = [
      ['an initrc', { options: { initrc: rc } }],
      ['a userrc', { options: { userrc: rc } }],
      ['an MPI personality', { options: { mpi: 'none' } }],
      ['FLUX_SHELL_RC_PATH', { environment: { FLUX_SHELL_RC_PATH: plugins } }],
    ];
    test.each(own)('%s', async (_, options) => {
      expect(await ppid(options)).not.toBe(await ppid());
    });

    test('output to a named pipe: to open it may take as long as nobody reads', async () => {
      const pipe = await namedPipe();
      const ours = fs.openSync(pipe, 'r+'); // waits for nobody
      const output = { stdout: { type: 'file', path: pipe }, stderr: { type: 'kvs' } };
      expect(
        await jobs.run({ command: ['sh', '-c', 'echo $PPID >&2'], options: { output } }).then(({ stderr }) => Number(stderr)),
      ).not.toBe(await ppid());
      fs.closeSync(ours);
    });

    test('a terminal, or tasks that are to stop', async () => {
      const host = await ppid();
      for (const option of ['pty', 'stop-tasks-in-exec']) {
        const before = await listed();
        const id = await jobs.submit({ command: ['sleep', '1000'], options: { [option]: 1 } });
        await jobs.execEvent(id, 'shell.start');
        const [pid] = (await listed()).filter((one) => !before.includes(one));
        expect(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain(`flux-shell\0${id}`);
        await signal(pid!, signals.SIGKILL);
        await jobs.end(id);
      }
      expect(await ppid()).toBe(host);
    });

    test('a shell of its own', async () => {
      const shell = path.join(plugins, 'my-shell');
      fs.writeFileSync(shell, '#!/bin/sh\nexit 7\n', { mode: 0o755 });
      expect((await jobs.run({ system: { exec: { job_shell: shell } } })).status).toBe(7 << 8);
    });
  });

  describe('to the remote exec service', () => {
    test('each shell is a process in the list, with an id that no other process has', async () => {
      const [one, two] = [await sleeper(), await sleeper()];
      expect(one.shell).not.toBe(two.shell);
      expect(processExists(one.shell)).toBe(false);
      for (const { id, shell } of [one, two]) {
        await signal(shell, signals.SIGKILL);
        await jobs.end(id);
      }
      expect(await listed()).toEqual([]);
      await expect(signal(one.shell, signals.SIGKILL)).rejects.toThrow(new FluxError('ENOENT'));
    });

    test('SIGTERM goes to the tasks, and the shell ends with them: 143', async () => {
      const { id, shell } = await sleeper();
      await signal(shell, signals.SIGTERM);
      expect((await jobs.end(id)).status).toBe(143 << 8);
    });

    test('SIGKILL ends shell and tasks: status 9', async () => {
      const { id, task, shell } = await sleeper();
      await signal(shell, signals.SIGKILL);
      expect((await jobs.end(id)).status).toBe(9);
      await processGone(task);
    });

    test('SIGHUP ends a shell, which does not handle it, and the tasks: status 1', async () => {
      const { id, task, shell } = await sleeper();
      await signal(shell, signals.SIGHUP);
      expect((await jobs.end(id)).status).toBe(1);
      await processGone(task);
    });

    test('SIGSTOP stops the tasks until SIGCONT; signal 0 only asks', async () => {
      const { id, task, shell } = await sleeper();
      const state = () => fs.readFileSync(`/proc/${task}/stat`, 'utf8').split(' ')[2];
      await signal(shell, 0);
      await signal(shell, signals.SIGSTOP);
      while (state() !== 'T') await listed(); // the kernel takes its time
      await signal(shell, signals.SIGCONT);
      await signal(shell, signals.SIGKILL);
      expect((await jobs.end(id)).status).toBe(9);
      await expect(signal(shell, 99)).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  describe('a plugin that', () => {
    const end = (how: string) => jobs.run({ options: { misbehave: how } });

    test('throws in a handler ends its job; another job beside it goes on', async () => {
      const other = await sleeper();
      const { status, events } = await end('throw');
      expect(status).toBe(1 << 8);
      expect(shown(events).join('\n')).toContain('shell_init');
      await signal(other.shell, signals.SIGTERM);
      expect((await jobs.end(other.id)).status).toBe(143 << 8);
    });

    test.each([
      ['timer', 'thrown in a raw timer'],
      ['reject', 'rejected and not handled'],
    ])('fails where nobody catches it (%s) has it in the log of its job', async (how, text) => {
      const { exec, status } = await jobs.run({ command: ['sleep', '0.1'], options: { misbehave: how } });
      expect(shown(exec).join('\n')).toContain(`flux-shell: ERROR: misbehave: Error: ${text}`);
      expect(status).toBe(0);
    });

    test('calls process.exit ends its shell with that code', async () => {
      const host = await ppid();
      expect((await end('exit')).status).toBe(3 << 8);
      expect(await ppid()).toBe(host);
    });

    test('prints to stdout has it in its job as a line of the shell', async () => {
      const { exec } = await end('print');
      expect(shown(exec)).toContain('log {"component":"flux-shell","stream":"stdout","rank":"0","data":"printed past the log\\n"}');
    });

    test('is edited is loaded anew for the next job', async () => {
      const file = path.join(room, 'misbehave.ts');
      fs.writeFileSync(file, misbehaving().replace('printed past', 'edited past'));
      const { exec } = await end('print');
      expect(shown(exec).join('\n')).toContain('edited past the log');
      fs.writeFileSync(file, misbehaving());
    });
  });

  test('when it is killed no task is left, its jobs end as those of a killed shell, and the next job has a new host', async () => {
    const host = await ppid();
    const sleepers = [await sleeper(), await sleeper({ ntasks: 1, command: ['sh', '-c', 'echo pid $$; exec sleep 1000'] })];
    process.kill(host, signals.SIGKILL);
    for (const { id, task } of sleepers) {
      expect((await jobs.end(id)).status).toBe(9);
      await processGone(task);
    }
    expect(await ppid()).not.toBe(host);
  });
});
