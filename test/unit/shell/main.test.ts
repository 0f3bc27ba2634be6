import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { parseArguments } from '../../../core/shell/program/arguments';
import { spawnProcess } from '../../../core/sys/spawn';
import { scratch, simpleJobspec, simpleR } from './standalone';

const program = path.join(__dirname, '../../../core/shell/program/main.js');
const folder = scratch();

async function text(stream: Readable): Promise<string> {
  let all = '';
  for await (const chunk of stream) all += chunk;
  return all;
}

/** Runs the program as a process of its own. */
async function run(argv: string[], during?: (pid: number, stdout: Readable) => Promise<void>) {
  const child = spawnProcess({
    argv: [process.execPath, program, ...argv],
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8' },
    cwd: folder(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const outputs = Promise.all([text(child.stdout!), text(child.stderr!)]);
  await during?.(child.pid, child.stdout!);
  const [stdout, stderr] = await outputs;
  const { code, signal } = await child.exited;
  return { code: code ?? `signal ${signal}`, stdout, stderr };
}

function standalone(jobspec: object, ...options: string[]): string[] {
  fs.writeFileSync(path.join(folder(), 'j.json'), JSON.stringify(jobspec));
  fs.writeFileSync(path.join(folder(), 'R.json'), JSON.stringify(simpleR()));
  return ['-s', '-r0', '-j', 'j.json', '-R', 'R.json', ...options, '1234'];
}

describe('command line of flux-shell', () => {
  test.each([
    [['--foo', '1'], 1, "flux-shell: unrecognized option '--foo'\nTry `flux-shell --help' for more information.\n"],
    [['12x'], 1, 'flux-shell: ERROR: error parsing jobid: garbage follows number\n'],
    [['99999999999999999999999'], 1, 'flux-shell: ERROR: error parsing jobid: Numerical result out of range\n'],
    [['-s', '1'], 1, 'flux-shell: FATAL: standalone mode requires --jobspec, --resources and --broker-rank\n'],
    [['-j'], 1, "flux-shell: unrecognized option '-j'\nTry `flux-shell --help' for more information.\n"],
    [['--verbose=2', '1'], 1, "flux-shell: unrecognized option '-v'\nTry `flux-shell --help' for more information.\n"],
    [['--initrc'], 1, "flux-shell: unrecognized option '--initrc'\nTry `flux-shell --help' for more information.\n"],
    [['-r', 'x', '1'], 1, "flux-shell: flux-shell: Option 'broker-rank' requires an integer argument\n"],
  ])('%j is refused', (argv, status, stderr) => {
    expect(parseArguments(argv)).toEqual({ status, stderr });
  });

  test('the usage is shown on request, and when there is not one job id', () => {
    const help = parseArguments(['-h']);
    expect(help).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Usage: flux-shell \[OPTIONS\] JOBID\n {2}-h, --help/) });
    for (const argv of [[], ['1', '2']]) expect(parseArguments(argv)).toEqual({ ...help, status: 1 });
  });

  test('options are short or long, bundled, abbreviated, and count', () => {
    expect(parseArguments(['-vvs', '-j', 'a', '--res=b', '-r2', '--initrc', 'c', '18446744073709551615'])).toEqual({
      jobid: 18446744073709551615n,
      standalone: true,
      verbose: 2,
      jobspec: 'a',
      resources: 'b',
      brokerRank: 2,
      initrc: 'c',
    });
  });
});

describe('the program flux-shell', () => {
  test('runs a job and exits with its code', async () => {
    const result = await run(standalone(simpleJobspec(['sh', '-c', 'echo hello; exit 3'])));
    expect(result).toEqual({ code: 3, stdout: '0: hello\n', stderr: '' });
  });

  test('says that there is no instance, and that is all', async () => {
    expect(await run(['1'])).toEqual({ code: 1, stdout: '', stderr: 'flux-shell: FATAL: flux_open: No such file or directory\n' });
  });

  test('says which file it can’t read', async () => {
    const argv = standalone(simpleJobspec(['true']));
    fs.rmSync(path.join(folder(), 'j.json'));
    expect(await run(argv)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'flux-shell: ERROR: error opening j.json: No such file or directory\n',
    });
  });

  test('without a broker it fails', async () => {
    expect(await run(['1234'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/^flux-shell: FATAL: flux_open: /) });
  });

  test('passes signals on to its tasks and ends with them', async () => {
    const script = 'trap "echo got it; exit 9" TERM; echo ready; while :; do sleep 0.05; done';
    const result = await run(standalone(simpleJobspec(['sh', '-c', script])), async (pid, stdout) => {
      await new Promise((resolve) => stdout.once('data', resolve));
      process.kill(pid, 'SIGTERM');
    });
    expect(result).toMatchObject({ code: 9, stdout: expect.stringMatching(/got it\n$/) });
  });

  test('what escapes from a plugin is logged with its name, and the job goes on', async () => {
    const plugin = `
      const { defineShellPlugin } = require('flux');
      module.exports = defineShellPlugin({ name: 'wild', api: 1, setup(s) {
        s.on('shell.init', () => { setTimeout(() => { throw new Error('from a timer'); }, 0); });
        s.on('task.init', () => { Promise.reject(new Error('from a promise')); });
      } });`;
    fs.writeFileSync(path.join(folder(), 'wild.js'), plugin);
    fs.writeFileSync(path.join(folder(), 'rc.lua'), `plugin.load("${folder()}/wild.js")`);
    const result = await run(standalone(simpleJobspec(['sh', '-c', 'sleep 0.1; echo done']), '--initrc=rc.lua'));
    expect(result).toMatchObject({ code: 0, stdout: '0: done\n' });
    expect(result.stderr).toMatch(/^flux-shell: ERROR: wild: Error: from a timer at /m);
    expect(result.stderr).toMatch(/^flux-shell: ERROR: wild: Error: from a promise at /m);
  });
});
