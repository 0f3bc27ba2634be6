import fs from 'node:fs';
import path from 'node:path';
import { Kvs, real } from '../../../core';
import { f58 } from '../../../core/internal';
import { signals } from '../../../core/sys/signals';
import { scratch, simpleJobspec } from '../../unit/shell/standalone';
import { execEvent, type RunningJob, ShellInstance, started } from './shell-job';

let one: ShellInstance;
beforeAll(async () => {
  one = await ShellInstance.start(1);
});
afterAll(() => one.stop());

const folder = scratch();
const summary = (entries: { name: string; context?: object }[]) => entries.map(({ name, context }) => [name, context]);
const sh = (script: string, options: Parameters<typeof simpleJobspec>[1] = {}) => simpleJobspec(['sh', '-c', script], options);

describe('a shell alone', () => {
  test('writes headers, events and output as recorded', async () => {
    const job = await one.run({ jobspec: sh('echo out; echo err >&2') });
    expect(job.codes).toEqual([0]);
    expect(job.stderr).toBe('');
    expect(summary(job.exec)).toEqual([
      ['shell.init', { 'leader-rank': 0, size: 1, service: expect.stringMatching(/^\d+-shell-\d+$/) }],
      ['shell.start', { 'task-count': 1 }],
      ['shell.task-exit', { localid: 0, rank: 0, state: 'Exited', pid: expect.any(Number), wait_status: 0, signaled: 0, exitcode: 0 }],
    ]);
    expect(summary(job.input)).toEqual([['header', { version: 1, encoding: { stdin: 'UTF-8' }, count: { stdin: 1 }, options: {} }]]);
    expect(summary(job.output)[0]).toEqual([
      'header',
      { version: 1, encoding: { stdout: 'UTF-8', stderr: 'UTF-8' }, count: { stdout: 1, stderr: 1 }, options: {} },
    ]);
    expect(job.printed).toEqual({ stdout: { 0: 'out\n' }, stderr: { 0: 'err\n' } });
  });

  test.each([
    ['exit 3', 3, { wait_status: 768, signaled: 0, exitcode: 3 }],
    ['kill -TERM $$', 143, { wait_status: 15, signaled: 15, exitcode: 143 }],
  ])('exits with what its task did: %s', async (script, code, info) => {
    const job = await one.run({ jobspec: sh(script) });
    expect(job.codes).toEqual([code]);
    expect(job.exec.at(-1)).toMatchObject({ name: 'shell.task-exit', context: info });
  });

  test('exits with the highest code of its tasks', async () => {
    const job = await one.run({ jobspec: sh('exit $FLUX_TASK_RANK', { ntasks: 2 }) });
    expect(job.codes).toEqual([1]);
  });

  test.each([
    ['/no/such', 127, 'task 0: start failed: /no/such: No such file or directory'],
    ['/etc/passwd', 126, 'task 0: start failed: /etc/passwd: Permission denied'],
    ['no-such-program', 127, 'task 0: start failed: no-such-program: No such file or directory'],
  ])('a command that can’t be run is fatal: %s', async (command, code, message) => {
    const job = await one.run({ jobspec: simpleJobspec([command]) });
    expect(job.codes).toEqual([code]);
    expect(job.stderr).toBe(`flux-shell: FATAL: ${message}\n`);
    expect(job.exceptions).toEqual([{ type: 'exec', severity: 0, note: message }]);
    expect(job.output.at(-1)).toMatchObject({ name: 'log', context: { rank: 0, level: 0, message } });
  });

  test('a command that can’t be run is told of when shell.init is in the eventlog', async () => {
    const events = new Kvs(one.instance.flux, { namespace: 'job-77' });
    let atFirst: Promise<string> | undefined;
    const stderr = () => {
      atFirst ??= events.getText('exec.eventlog').catch((e: Error) => e.message);
    };
    const job = await one.run({ id: 77n, jobspec: simpleJobspec(['/no/such']), options: { stderr } });
    expect(job.codes).toEqual([127]);
    expect(await atFirst).toContain('"name":"shell.init"');
  });

  test('a plugin that fails in shell.init is fatal, after all others have run', async () => {
    const job = await one.run({ jobspec: sh('true', { options: { 'exit-timeout': 'foo' } }) });
    expect(job.codes).toEqual([1]);
    const logs = job.output.filter(({ name }) => name === 'log').map(({ context }) => context);
    expect(logs).toMatchObject([
      { level: 3, component: 'doom', message: 'exit-timeout is not a valid Flux Standard Duration' },
      { level: 3, message: "plugin 'doom': shell.init failed" },
      { level: 0, message: 'shell_init: No such file or directory' },
    ]);
    expect(job.stderr).toBe(
      'flux-shell: ERROR: doom: exit-timeout is not a valid Flux Standard Duration\n' +
        "flux-shell: ERROR: plugin 'doom': shell.init failed\n" +
        'flux-shell: FATAL: shell_init: No such file or directory\n',
    );
    expect(job.exec).toEqual([]);
  });

  test('a job whose jobspec is bad ends without an exception', async () => {
    const job = await one.run({ jobspec: { version: 2 } });
    expect(job.codes).toEqual([1]);
    expect(job.stderr).toBe('flux-shell: ERROR: error parsing jobspec: Invalid jobspec version: expected 1 got 2\n');
    expect(job.exceptions).toEqual([]);
  });

  test('a directory that can’t be entered is replaced by /tmp', async () => {
    const job = await one.run({ jobspec: sh('pwd', { cwd: '/no/such/dir' }) });
    expect(job.printed.stdout).toEqual({ 0: '/tmp\n' });
    expect(job.stderr).toBe('flux-shell: ERROR: Could not change dir to /no/such/dir: No such file or directory. Going to /tmp instead\n');
  });

  test('a directory without a name can’t be entered either', async () => {
    const job = await one.run({ jobspec: sh('pwd', { cwd: '' }) });
    expect(job.printed.stdout['0']).toBe('/tmp\n');
    expect(job.stderr).toBe('flux-shell: ERROR: Could not change dir to : No such file or directory. Going to /tmp instead\n');
  });

  test('a relative TMPDIR is in the directory of the job', async () => {
    const job = await one.run({ jobspec: sh('test -d $TMPDIR', { cwd: folder(), environment: { PATH: '/usr/bin:/bin', TMPDIR: 'tmp' } }) });
    expect(job.codes).toEqual([0]);
    expect(fs.statSync(path.join(folder(), 'tmp')).mode & 0o777).toBe(0o700);
  });

  test('the environment of tasks is the job’s, with what the shell adds', async () => {
    const job = await one.run({
      jobspec: sh('env; echo [$FLUX_URI_OF_SHELL]', { environment: { PATH: '/bin:/usr/bin', A: 'b', FLUX_URI: 'x', FLUX_JOB_ID: 'y' } }),
      env: { NOT_PASSED_ON: '1' },
    });
    const env = Object.fromEntries(job.printed.stdout['0']!.split('\n').map((line) => line.split('=')));
    expect(env).toMatchObject({
      A: 'b',
      FLUX_URI: 'local:///nowhere',
      FLUX_JOB_SIZE: '1',
      FLUX_JOB_NNODES: '1',
      FLUX_TASK_RANK: '0',
      FLUX_TASK_LOCAL_ID: '0',
      PMI_RANK: '0',
      PMI_SIZE: '1',
      FLUX_TERMINUS_SESSION: '0',
      OMPI_MCA_pmix_flux_priority: '1',
      OMPI_MCA_mca_base_envar_file_prefix: expect.stringMatching(/\/lua\.d\/openmpi\.conf$/),
      MPIRUN_NTASKS: '1',
      MPIRUN_RSH_LAUNCH: '1',
      MPIRUN_RANK: '0',
      CUDA_VISIBLE_DEVICES: '-1',
      FLUX_KVS_NAMESPACE: expect.stringMatching(/^job-/),
    });
    expect(env['FLUX_JOB_ID']).toMatch(/^ƒ/);
    expect(env['FLUX_JOB_TMPDIR']).toBe(path.join(one.instance.rundir, `jobtmp-0-${env['FLUX_JOB_ID']}`));
    expect(Object.keys(env)).not.toContain('OMPI_MCA_schizo');
    expect(env['OMPI_MCA_btl_vader_backing_directory']).toBe(env['FLUX_JOB_TMPDIR']);
    expect(env['TMPDIR']).toBe(env['FLUX_JOB_TMPDIR']);
    expect(env['NOT_PASSED_ON']).toBeUndefined();
    expect(fs.existsSync(env['FLUX_JOB_TMPDIR']!)).toBe(false);
  });

  test('stdin of clients reaches all tasks, in order, to its end', async () => {
    const job = await one.run({
      jobspec: sh('cat', { ntasks: 2 }),
      during: async (running) => {
        await started(running);
        const send = (io: object) => one.instance.flux.rpc(`${running.service}.stdin`, { stream: 'stdin', ...io }, { nodeid: 0 });
        await send({ rank: 'all', data: 'both\n' });
        await send({ rank: '1', data: 'second\n' });
        await expect(send({ rank: 'all' })).rejects.toMatchObject({ code: 'EPROTO' });
        await expect(send({ rank: 'first', data: 'x\n' })).rejects.toMatchObject({ code: 'EPROTO' });
        await send({ rank: 'all', data: Buffer.from([0xff, 0x0a]).toString('base64'), encoding: 'base64' });
        await send({ rank: 'all', data: 'no newline', eof: true });
        await expect(send({ rank: 'all', data: 'late' })).rejects.toMatchObject({ code: 'ENOSYS' });
      },
    });
    expect(job.codes).toEqual([0]);
    const binary = Buffer.from([0xff, 0x0a]).toString('base64');
    expect(job.printed.stdout).toEqual({ 0: `both\n${binary}no newline`, 1: `both\nsecond\n${binary}no newline` });
  });

  test('stdin from a file goes to all tasks', async () => {
    const text = Array.from({ length: 1000 }, (_, i) => `line ${i}\n`).join('');
    fs.writeFileSync(path.join(folder(), 'in.txt'), text);
    const options = { input: { stdin: { type: 'file', path: 'in.txt' } } };
    const job = await one.run({ jobspec: sh('md5sum', { ntasks: 2, cwd: folder(), options }) });
    expect(new Set(Object.values(job.printed.stdout)).size).toBe(1);
    const entries = job.input
      .filter(({ name }) => name === 'data')
      .map(({ context }) => context as { rank: string; data?: string; eof?: boolean });
    expect(entries.map(({ rank }) => rank)).toEqual(entries.map(() => '[0-2]'));
    expect(entries.map(({ data = '' }) => data).join('')).toBe(text);
    expect(entries[0]!.data).toHaveLength(4096);
    expect(entries.at(-1)).toEqual({ stream: 'stdin', rank: '[0-2]', eof: true });
  });

  test('the kill event signals the tasks', async () => {
    const job = await one.run({
      jobspec: sh('trap "echo got USR1; exit 7" USR1; echo ready; while :; do sleep 0.05; done', { ntasks: 2 }),
      during: async (running) => {
        await started(running);
        for (const malformed of [{}, { signum: 'x' }, { signum: real(1.5) }])
          await one.instance.flux.publish(`shell-${running.id}.kill`, malformed);
        await ready(running, 2);
        await one.instance.flux.publish(`shell-${running.id}.kill`, { signum: 10 });
      },
    });
    expect(job.codes).toEqual([7]);
    expect(job.printed.stdout).toEqual({ 0: 'ready\ngot USR1\n', 1: 'ready\ngot USR1\n' });
    const warning = { level: 4, component: 'kill_event_handler', message: 'kill: ignoring malformed event' };
    const logged = job.output.filter(({ name }) => name === 'log').map(({ context }) => context);
    expect(logged).toMatchObject([warning, warning, warning]);
  });

  test('a signal to the shell goes to the tasks, and the shell ends with them', async () => {
    const job = await one.run({
      jobspec: sh('trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done'),
      during: async (running) => {
        await ready(running, 1);
        expect(running.shells[0]!.deliverSignal(signals.SIGTERM)).toBe(true);
      },
    });
    expect(job.codes).toEqual([5]);
  });

  test('a signal that comes while a fatal error ends the shell does not change its exit code', async () => {
    let taken: boolean | undefined;
    const job = await one.run({
      jobspec: sh('true', { options: { verbose: 'much' } }),
      onRaise: ({ shells }) => {
        taken = shells[0]!.deliverSignal(signals.SIGTERM);
      },
    });
    expect(taken).toBe(true);
    expect(job.codes).toEqual([1]);
  });

  test('a shell that ends early waits until its last event is recorded', async () => {
    let raised: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      raised = resolve;
    });
    // The commit of shell.task-exit takes much longer than the exception.
    const open = async () => {
      const flux = await one.instance.open();
      const rpc = flux.rpc.bind(flux);
      flux.rpc = (async (topic: string, payload: object, ...rest: []) => {
        if (topic === 'kvs.commit' && decoded(payload).includes('shell.task-exit')) {
          await gate;
          for (let i = 0; i < 50; i++) await rpc('attr.get', { name: 'size' });
        }
        const answer = await rpc(topic, payload, ...rest);
        if (topic === 'job-manager.raise') raised();
        return answer;
      }) as typeof flux.rpc;
      return flux;
    };
    const job = await one.run({ jobspec: sh('exit 4', { options: { 'exit-on-error': 1 } }), options: { open } });
    expect(job.codes).toEqual([4]);
    expect(job.exec.map(({ name }) => name)).toEqual(['shell.init', 'shell.start', 'shell.task-exit']);
    expect(job.stderr).toBe('flux-shell: FATAL: doom: rank 0 failed and exit-on-error is set\n');
  });

  test('exit-on-error ends the job with the first task that fails', async () => {
    const jobspec = sh('if test $FLUX_TASK_RANK = 1; then exit 4; else exec sleep 600; fi', { ntasks: 2, options: { 'exit-on-error': 1 } });
    const job = await one.run({ jobspec });
    expect(job.codes).toEqual([4]);
    expect(job.exceptions).toMatchObject([{ note: 'rank 1 failed and exit-on-error is set' }]);
  });

  test('exit-timeout ends the job some time after the first task', async () => {
    const jobspec = sh('test $FLUX_TASK_RANK = 1 || exec sleep 600', { ntasks: 2, options: { 'exit-timeout': '0.1s' } });
    const job = await one.run({ jobspec });
    expect(job.codes).toEqual([0]);
    expect(job.exceptions).toMatchObject([{ note: 'rank 1 exited and exit-timeout=0.1s has expired' }]);
  });

  test('exit-timeout may be longer than a timer of Node', async () => {
    const job = await one.run({
      jobspec: sh('test $FLUX_TASK_RANK = 1 || cat', { ntasks: 2, options: { 'exit-timeout': '30d' } }),
      during: async (running) => {
        await execEvent(running, 'shell.task-exit');
        await one.instance.flux.rpc(`${running.service}.stdin`, { stream: 'stdin', rank: 'all', eof: true }, { nodeid: 0 });
      },
    });
    expect(job.codes).toEqual([0]);
    expect(job.exceptions).toEqual([]);
  });

  test('output goes to files, with labels and templates; the log says where', async () => {
    const options = { output: { stdout: { type: 'file', path: '{{id}}.{{id.hex}}.out', label: true } } };
    const job = await one.run({ jobspec: sh('echo out $FLUX_TASK_RANK; echo err >&2', { ntasks: 2, cwd: folder(), options }) });
    expect(job.codes).toEqual([0]);
    const [file] = fs.readdirSync(folder());
    expect(file).toMatch(/^ƒ\w+\.0x[0-9a-f]+\.out$/);
    const lines = fs.readFileSync(path.join(folder(), file!), 'utf8').trimEnd().split('\n').sort();
    expect(lines).toEqual(['0: err', '0: out 0', '1: err', '1: out 1']);
    expect(summary(job.output).slice(1)).toEqual([
      ['redirect', { stream: 'stdout', rank: '[0-1]', path: file }],
      ['redirect', { stream: 'stderr', rank: '[0-1]', path: file }],
    ]);
  });

  test('large output arrives whole and in order', async () => {
    const job = await one.run({ jobspec: sh('seq 1 100000; seq 1 1000 >&2') });
    expect(job.printed.stdout['0']).toBe(Array.from({ length: 100000 }, (_, i) => `${i + 1}\n`).join(''));
    expect(job.printed.stderr['0']).toBe(Array.from({ length: 1000 }, (_, i) => `${i + 1}\n`).join(''));
  });

  test('a task that prints faster than the KVS takes it has to wait', async () => {
    let onWay = 0;
    let most = 0;
    const open = async () => {
      const flux = await one.instance.open();
      const rpc = flux.rpc.bind(flux);
      flux.rpc = (async (topic: string, payload: object, ...rest: []) => {
        if (topic !== 'kvs.commit') return rpc(topic, payload, ...rest);
        const size = decoded(payload).length;
        onWay += size;
        most = Math.max(most, onWay);
        for (let i = 0; i < 100; i++) await rpc('attr.get', { name: 'size' });
        return rpc(topic, payload, ...rest).finally(() => {
          onWay -= size;
        });
      }) as typeof flux.rpc;
      return flux;
    };
    const lines = 200_000;
    const job = await one.run({ jobspec: sh(`yes ${'x'.repeat(99)} | head -n ${lines}`), options: { open } });
    expect(job.codes).toEqual([0]);
    expect(job.printed.stdout['0']).toHaveLength(lines * 100);
    expect(most).toBeLessThan(10 * 2 ** 20);
  });

  test('output that is not UTF-8 travels as base64', async () => {
    const job = await one.run({ jobspec: sh('printf "\\377\\n\\000x"') });
    expect(job.output.filter(({ name }) => name === 'data').map(({ context }) => context)).toEqual(
      expect.arrayContaining([
        { stream: 'stdout', rank: '0', encoding: 'base64', data: Buffer.from([0xff, 0x0a]).toString('base64') },
        { stream: 'stdout', rank: '0', data: '\0x' },
      ]),
    );
  });

  test('a grandchild that keeps stdout open keeps the job running', async () => {
    const job = await one.run({ jobspec: sh('(sleep 0.3; echo late) & echo early') });
    expect(job.printed.stdout['0']).toBe('early\nlate\n');
  });

  test('stop-tasks-in-exec leaves tasks stopped until a debugger continues them', async () => {
    const job = await one.run({
      jobspec: simpleJobspec(['bash', '-c', 'echo continued'], { options: { 'stop-tasks-in-exec': 1 } }),
      during: async (running) => {
        await started(running);
        const { pid } = running.shells[0]!.tasks.list[0]!;
        expect(fs.readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^State:\s+T/m);
        expect(fs.readlinkSync(`/proc/${pid}/exe`)).toBe(fs.realpathSync('/bin/bash'));
        process.kill(pid!, 'SIGCONT');
      },
    });
    expect(job.printed.stdout).toEqual({ 0: 'continued\n' });
    expect(job.exec.find(({ name }) => name === 'shell.start')?.context).toEqual({ 'task-count': 1, sync: true });
  });

  test('a batch job’s task is a broker with the script as its program', async () => {
    fs.writeFileSync(path.join(folder(), 'flux'), '#!/bin/sh\necho "$@"; cat $4 2>/dev/null; exit 0\n', { mode: 0o755 });
    const system = { batch: { script: '#!/bin/sh\necho in script\n', 'broker-opts': ['-v', '-Sa=b'] } };
    const environment = { PATH: `${folder()}:/bin:/usr/bin` };
    const job = await one.run({ jobspec: simpleJobspec(['name', 'x', 'y z'], { environment, ...system }), env: { TMPDIR: folder() } });
    const [first, ...rest] = job.printed.stdout['0']!.split('\n');
    expect(first).toMatch(new RegExp(`^broker -v -Sa=b ${folder()}/flux-script-\\d+-\\w{6} x y z$`));
    expect(rest.join('\n')).toBe('#!/bin/sh\necho in script\n');
    expect(fs.readdirSync(folder())).toEqual(['flux']);
  });

  test('MPI_Abort raises an exception and leaves the end to others', async () => {
    const job = await one.run({
      jobspec: simpleJobspec(['bash', '-c', 'echo "cmd=abort exitcode=5 error_msg=my message here" >&$PMI_FD; exec sleep 600']),
      during: async (running) => {
        while (running.exceptions.length === 0) await new Promise((resolve) => setImmediate(resolve));
        running.shells[0]!.deliverSignal(signals.SIGTERM);
      },
    });
    expect(job.codes).toEqual([143]);
    expect(job.exceptions).toMatchObject([{ note: 'MPI_Abort: my message here' }]);
  });

  test('requests of other users are refused', async () => {
    await one.run({
      jobspec: sh('read x; echo $x'),
      during: async (running) => {
        await started(running);
        const as = (userid: number) => ({ nodeid: 0, userid, rolemask: 2 });
        const io = { stream: 'stdin', rank: 'all', data: 'hello\n' };
        await expect(one.instance.flux.rpc(`${running.service}.stdin`, io, as(12345))).rejects.toMatchObject({ code: 'EPERM' });
        await one.instance.flux.rpc(`${running.service}.stdin`, io, as(process.getuid!()));
        await expect(one.instance.flux.rpc(`${running.service}.nope`, {}, { nodeid: 0 })).rejects.toMatchObject({
          code: 'ENOSYS',
          text: 'Unknown service method',
        });
      },
    });
  });

  test('verbose logs what the shell does to the output log', async () => {
    const job = await one.run({ jobspec: sh('true', { options: { verbose: 2 } }) });
    const logs = job.output.filter(({ name }) => name === 'log').map(({ context }) => (context as { message: string }).message);
    expect(logs).toEqual([
      '0: task_count=1 slot_count=1 cores_per_slot=1 slots_per_node=-1',
      '0: tasks [0] on cores 0-1',
      expect.stringMatching(/^Loading .*initrc\.lua$/),
      'Sucessfully loaded flux.shell module',
      expect.stringMatching(/^trying to load .*\/initrc\.lua$/),
      expect.stringMatching(/^trying to load .*\/lua\.d\/intel_mpi\.lua$/),
      expect.stringMatching(/^trying to load .*\/lua\.d\/mvapich\.lua$/),
      expect.stringMatching(/^trying to load .*\/lua\.d\/openmpi\.lua$/),
      'batch timeout = 0.500s',
      '0: C: pmi EOF',
      'task 0 complete status=0',
      'exit 0',
    ]);
  });

  test('a task with a terminal is attached to as recorded', async () => {
    const seen: Record<string, unknown>[] = [];
    const text = () => seen.map(({ data = '' }) => data).join('');
    const job = await one.run({
      jobspec: sh('tty; stty size; echo $FLUX_TERMINUS_SESSION; read line; echo got=$line; exit 3', { ntasks: 2, options: { pty: true } }),
      during: async (running) => {
        await started(running);
        const flux = await one.instance.open();
        const topic = `${running.service}.terminus.0`;
        const attach = flux.stream(topic, { type: 'attach', mode: 'rw', winsize: { rows: 1, cols: 1 } }, { nodeid: 0 });
        await expect(flux.rpc(topic, { type: 'nope' }, { nodeid: 0 })).rejects.toMatchObject({ code: 'ENOSYS' });
        let typed = false;
        for await (const response of attach) {
          seen.push(response);
          if (typed || !text().endsWith('\r\n0\r\n')) continue;
          typed = true;
          await flux.rpc(topic, { type: 'data', data: 'hello\n' }, { nodeid: 0 });
        }
        await one.instance.flux.rpc(`${running.service}.stdin`, { stream: 'stdin', rank: 'all', eof: true }, { nodeid: 0 });
        flux.close();
      },
    });
    expect(text()).toMatch(/^\/dev\/pts\/\d+\r\n\d+ \d+\r\n0\r\nhello\r\ngot=hello\r\n$/);
    expect(seen[0]).toEqual({ type: 'attach' });
    expect(seen.at(-1)).toEqual({ type: 'exit', message: 'session exiting', status: 768 });
    expect(job.codes).toEqual([3]);
    expect(job.exec[0]!.context).toMatchObject({ pty: 'terminus.0' });
    expect(job.printed.stdout['0']).toBe('');
    expect(job.printed.stdout['1']).toMatch(/^not a tty\n/);
  });

  test('a job with a terminal ends without anybody attached; what it printed goes to the output log', async () => {
    const job = await one.run({
      jobspec: sh('test -t 0 && test -t 1 && echo x && ps -o sid= -p $$ >/dev/null', { options: { pty: false } }),
    });
    expect(job.codes).toEqual([0]);
    expect(job.printed.stdout['0']).toBe('x\r\n');
  });

  test('the job id is plain ASCII where the locale is', async () => {
    const job = await one.run({ jobspec: sh('echo $FLUX_JOB_ID'), env: { LANG: 'C' } });
    expect(job.printed.stdout['0']).toMatch(/^f\w+\n$/);
    expect(f58(1234n, { LANG: 'C' })).toBe('fNH');
  });
});

/** Resolves when so many tasks have printed `ready`. */
async function ready(job: RunningJob, tasks: number): Promise<void> {
  const watch = new Kvs(one.instance.flux, { namespace: job.namespace }).watch('output', { waitcreate: true, full: true });
  for await (const { text } of watch) if (text.split('ready').length > tasks) return;
}

/** The values of a commit. */
function decoded(payload: object): string {
  const { ops } = payload as { ops: { dirent: { data?: string } }[] };
  return ops.map(({ dirent }) => Buffer.from(dirent.data ?? '', 'base64').toString()).join('');
}
