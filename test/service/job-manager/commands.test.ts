import path from 'node:path';
import jobtap from '../../../cli/commands/jobtap';
import queue from '../../../cli/commands/queue';
import { type CommandResult, runCli } from '../../support/command';
import { JobInstance } from './job-instance';

describe('commands about the job manager', () => {
  let jobs: JobInstance;
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    jobs = await JobInstance.start();
    const uri = `local://${jobs.instance.rundir}/local-0`;
    await jobs.flux.setattr('local-uri', uri);
    await jobs.instance.load(0, 'connector-local');
    env = { FLUX_URI: uri };
  });
  afterAll(() => jobs.stop());

  const flux = (command: typeof queue, line: string): Promise<CommandResult> => runCli(command, line.split(' ').filter(Boolean), { env });

  async function queueSays(line: string): Promise<string> {
    const { stdout, stderr } = await flux(queue, line);
    expect(stdout).toBe('');
    return stderr.replace(/^flux-queue: /gm, '');
  }

  test('flux queue stops and starts scheduling, with a reason', async () => {
    expect(await queueSays('stop')).toBe('Scheduling is disabled\n');
    expect(await queueSays('stop out for lunch')).toBe('Scheduling is disabled: out for lunch\n');
    expect(await queueSays('status')).toBe('Job submission is enabled\nScheduling is disabled: out for lunch\n');
    expect(await queueSays('stop -q')).toBe('');
    expect(await queueSays('status')).toBe('Job submission is enabled\nScheduling is disabled\n');
    expect(await queueSays('start -v')).toBe(
      'Scheduling is enabled\n0 alloc requests queued\n0 alloc requests pending to scheduler\n0 free requests pending to scheduler\n0 running jobs\n',
    );
  });

  test('flux queue disables and enables submission', async () => {
    expect(await flux(queue, 'disable')).toMatchObject({ status: 1, stderr: 'flux-queue: submit: reason is required for disable\n' });
    expect(await queueSays('disable down for maint')).toBe('Job submission is disabled: down for maint\n');
    await expect(jobs.submit()).rejects.toThrow('job submission is disabled: down for maint');
    expect(await queueSays('enable')).toBe('Job submission is enabled\n');
  });

  test('flux queue drain and idle wait for jobs, or for a time', async () => {
    const held = await jobs.submit({ urgency: 0 });
    const running = await jobs.submit({ command: ['sleep', '60'] });
    await jobs.event(running, 'start');
    expect(await flux(queue, 'drain -t 0.01s')).toMatchObject({ status: 1, stderr: 'flux-queue: drain: timeout\n' });
    expect(await flux(queue, 'idle -t 0.01s')).toMatchObject({ status: 1, stderr: 'flux-queue: idle: timeout\n' });
    jobs.exec.finish(running, 0);
    expect(await queueSays('idle')).toBe('1 pending jobs\n');
    await jobs.flux.rpc('job-manager.raise', { id: held, type: 'cancel', severity: 0 });
    expect(await queueSays('drain')).toBe('');
    expect(await queueSays('idle -q')).toBe('');
  });

  test('flux queue shows its usage for a command it does not know', async () => {
    for (const line of ['', 'frob']) {
      const { status, stderr } = await flux(queue, line);
      expect([status, stderr.split('\n')[0]]).toEqual([1, 'Usage: flux-queue [OPTIONS] COMMAND ARGS']);
    }
    expect(await flux(queue, 'status x')).toMatchObject({ status: 1, stderr: 'Usage: flux-queue status [OPTIONS]\n' });
  });

  test('flux jobtap lists, loads and removes plugins', async () => {
    const limits = path.join(__dirname, '../jobtap/plugins/limits.js');
    expect((await flux(jobtap, 'list -a')).stdout).toBe('.priority-default\n.dependency-after\n.begin-time\n');
    expect(await flux(jobtap, `load ${limits} max=0`)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect((await flux(jobtap, 'list')).stdout).toBe('limits.js\n');
    await expect(jobs.submit()).rejects.toThrow('User exceeded 0 jobs');
    const again = await flux(jobtap, `load ${limits}`);
    expect(again).toMatchObject({ status: 1, stderr: `flux-jobtap: ERROR: [Errno 17] ${limits}: limits.js already loaded\n` });
    expect(await flux(jobtap, `load --remove=limits.js ${limits} max=many`)).toMatchObject({
      status: 1,
      stderr: 'flux-jobtap: ERROR: [Errno 22] limits: max: expected integer >= 0, got "many"\n',
    });
    expect((await flux(jobtap, 'list')).stdout).toBe('');
  });

  test('flux jobtap says what it could not find', async () => {
    expect(await flux(jobtap, 'load foo bar')).toMatchObject({
      status: 1,
      stderr: 'flux-jobtap: ERROR: Missing required value for key bar\n',
    });
    expect(await flux(jobtap, 'load foo bar=1')).toMatchObject({ status: 1, stderr: 'flux-jobtap: ERROR: foo not found\n' });
    expect(await flux(jobtap, 'remove nosuch')).toMatchObject({ status: 1, stderr: 'flux-jobtap: ERROR: nosuch not found\n' });
    const { status, stderr } = await flux(jobtap, 'load');
    expect([status, stderr.trim().split('\n').pop()]).toEqual([
      2,
      'flux-jobtap load: error: the following arguments are required: plugin, conf',
    ]);
  });
});
