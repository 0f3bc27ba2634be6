import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import command from '../../../cli/commands/resource';
import { type CommandResult, runCli } from '../../support/command';
import { ResourceInstance, uniformR } from './instance';

const STATUS = '    STATUS NNODES RANKS           NODELIST\n';
const LIST = '     STATE NNODES   NCORES    NGPUS NODELIST\n';

let dir: string;
let t: ResourceInstance;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'resource-'));
  const file = path.join(dir, 'R');
  fs.writeFileSync(file, JSON.stringify(uniformR('0-3', '0-1', 'n[0-3]')));
  const config = { resource: { path: file, exclude: '3', noverify: true } };
  t = await ResourceInstance.start({ size: 4, config, connectors: true });
  await t.online('0-2', 3);
  env = { FLUX_URI: t.instance.uri(), TZ: 'UTC' };
});
afterAll(async () => {
  await t.stop();
  fs.rmSync(dir, { recursive: true });
});

const flux = (args: readonly string[], stdin?: string): Promise<CommandResult> =>
  runCli(command, [...args], { env, cwd: dir, ...(stdin === undefined ? {} : { stdin }) });

async function shows(args: readonly string[], stdout: string): Promise<void> {
  expect(await flux(args)).toEqual({ status: 0, stdout, stderr: '' });
}

async function fails(args: readonly string[], text: string): Promise<void> {
  expect(await flux(args)).toEqual({ status: 1, stdout: '', stderr: `flux-resource: ${text}\n` });
}

test('status shows the states that have nodes', async () => {
  const rows = [
    '     avail      3 0-2             n[0-2]\n',
    '   offline      1 3               n3\n',
    '   exclude      1 3               n3\n',
  ];
  await shows(['status'], STATUS + rows.join(''));
});

test('drain and undrain change what is available; drain alone tells who is drained, since when and why', async () => {
  await shows(['drain', 'n[1-2]', 'broken', 'fan'], '');
  await shows(['drain', '0'], '');
  await shows(['status', '-s', 'avail,drain'], `${STATUS}     avail      0                 \n     drain      3 0-2             n[0-2]\n`);
  const { stdout } = await flux(['drain']);
  const [head, first, second] = stdout.split('\n');
  expect(head).toBe('TIMESTAMP            RANK     REASON                         NODELIST');
  expect(first).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d {2}0 {39}n0$/);
  expect(second).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d {2}1-2 {6}broken fan {21}n\[1-2\]$/);
  await shows(['undrain', '0-2'], '');
  await shows(['drain'], `${head}\n`);
});

test('a format with the reason has a row for each drain', async () => {
  await flux(['drain', '0', 'a']);
  await flux(['drain', '1', 'b']);
  await shows(['status', '-no', '{state} {ranks} {reason}', '-s', 'drain'], 'drain 0 a\ndrain 1 b\n');
  await shows(['status', '-no', '{state} {ranks}', '-s', 'drain'], 'drain 0-1\n');
  const row = (reason: string, n: number) => `     drain      1 ${String(n).padEnd(15)} ${reason.padEnd(25)} n${n}\n`;
  const { stdout } = await flux(['status', '-vv']);
  expect(stdout).toContain(row('a', 0) + row('b', 1));
  await flux(['undrain', '0-1']);
});

test('-v shows empty rows too', async () => {
  const { stdout } = await flux(['status', '-v']);
  expect(stdout.split('\n').slice(1, 5)).toEqual([
    '     avail      3 0-2             n[0-2]',
    '   offline      1 3               n3',
    '   exclude      1 3               n3',
    '     drain      0                 ',
  ]);
});

test('states are shown in their own order, and unknown ones refused', async () => {
  await shows(['status', '-n', '-o', '{state}', '-s', 'drain,online,all'], 'all\nonline\ndrain\n');
  expect(await flux(['status', '-s', 'foo'])).toEqual({
    status: 1,
    stdout: '',
    stderr:
      'flux-resource: ERROR: Invalid resource state foo specified\nflux-resource: INFO: valid states: all,online,avail,offline,exclude,drain\n',
  });
  const info = (text: string) => ({ status: 0, stdout: '', stderr: `flux-resource: INFO: ${text}\n` });
  expect(await flux(['status', '-s', 'help'])).toEqual(info('valid states: all,online,avail,offline,exclude,drain'));
  expect(await flux(['status', '-o', 'help'])).toEqual(info('valid formats: state,nnodes,ranks,nodelist,reason'));
  await fails(['status', '-o', '{foo}'], 'ERROR: Unknown format field: foo');
});

test('what the service refuses is shown', async () => {
  await fails(['drain', 'zz'], 'ERROR: [Errno 22] invalid targets: invalid hosts: zz');
  await fails(['undrain', '0'], 'ERROR: [Errno 22] rank 0 not drained');
  await fails(['list'], 'ERROR: [Errno 38] No service matching sched.resource-status is registered');
  const file = path.join(dir, 'nosuch');
  await fails(['reload', 'nosuch'], `ERROR: [Errno 2] ${file}:-1 unable to open ${file}: No such file or directory`);
});

test('usage errors are those of the Python commands', async () => {
  const { status, stderr } = await flux([]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/^usage: flux-resource .*\n.*flux-resource: error: the following arguments are required: subcommand\n$/s);
});

describe('from standard input', () => {
  const R = uniformR('0-1', '0-1', 'vm,vm');
  const none = { version: 1, execution: { R_lite: [], starttime: 0, expiration: 0, nodelist: [''] } };

  test('list shows what is free, allocated and down', async () => {
    const stdin = JSON.stringify({ all: R, allocated: none, down: none });
    const rows = '      free      2        4        0 vm,vm\n allocated      0        0        0 \n      down      0        0        0 \n';
    expect(await flux(['list', '--from-stdin'], stdin)).toEqual({ status: 0, stdout: LIST + rows, stderr: '' });
    const plain = await flux(['list', '--from-stdin', '-no', '{state} {nnodes} {ncores} {ngpus} {nodelist}'], stdin);
    expect(plain.stdout).toBe('free 2 4 0 vm,vm\nallocated 0 0 0 \ndown 0 0 0 \n');
  });

  test.each([
    ['missing', { all: R }],
    ['null', { all: R, allocated: null, down: null }],
  ])('list takes a set that is %s for an empty one', async (_, answer) => {
    const rows = '      free      2        4        0 vm,vm\n allocated      0        0        0 \n      down      0        0        0 \n';
    expect(await flux(['list', '--from-stdin'], JSON.stringify(answer))).toEqual({ status: 0, stdout: LIST + rows, stderr: '' });
  });

  test('list of nothing at all has no resources', async () => {
    const { status, stdout } = await flux(['list', '--from-stdin', '-no', '{state} {nnodes}', '-s', 'all,free'], '{"all":null}');
    expect([status, stdout]).toEqual([0, 'all 0\nfree 0\n']);
  });

  test('list tells up from down and free from allocated', async () => {
    const stdin = JSON.stringify({ all: R, allocated: uniformR('0', '0', 'vm'), down: uniformR('1', '0-1', 'vm') });
    const { stdout } = await flux(
      ['list', '--from-stdin', '-no', '{state} {ranks} {ncores} {rlist}', '-s', 'all,up,free,allocated,down'],
      stdin,
    );
    expect(stdout).toBe(
      [
        'all 0-1 4 rank[0-1]/core[0-1]',
        'up 0 2 rank0/core[0-1]',
        'free 0 1 rank0/core1',
        'allocated 0 1 rank0/core0',
        'down 1 2 rank1/core[0-1]\n',
      ].join('\n'),
    );
    const bad = await flux(['list', '--from-stdin', '-s', 'foo'], stdin);
    expect(bad).toEqual({ status: 1, stdout: '', stderr: 'flux-resource: ERROR: Invalid resource state foo specified\n' });
  });

  test('status with nothing to read shows only the header', async () => {
    expect(await flux(['status', '--from-stdin'], '')).toEqual({ status: 0, stdout: STATUS, stderr: '' });
  });

  test('status needs a nodelist from rank 0 on', async () => {
    const answer = { R: uniformR('1-2', '0', 'a,b'), drain: {}, online: '1-2', offline: '0', exclude: '' };
    const { status, stderr } = await flux(['status', '--from-stdin'], JSON.stringify(answer));
    expect([status, stderr]).toEqual([1, 'flux-resource: ERROR: Hostlist index out of range\n']);
  });
});

test('reload takes a path relative to the caller', async () => {
  fs.writeFileSync(path.join(dir, 'new'), JSON.stringify(uniformR('0-3', '0-7', 'm[0-3]')));
  await shows(['reload', 'new'], '');
  expect((await flux(['status', '-no', '{nodelist}', '-s', 'all'])).stdout).toBe('m[0-3]\n');
});
