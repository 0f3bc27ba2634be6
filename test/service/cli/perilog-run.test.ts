import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import perilog from '../../../cli/commands/perilog-run';
import { Resources } from '../../../core/client/resource';
import { encodeJobId, jobKvsKey } from '../../../core/formats/fluid';
import { spawnProcess } from '../../../core/sys/spawn';
import { type CommandResult, type RunOptions, runCli } from '../../support/command';
import { ResourceInstance, uniformR } from '../resource/instance';

const id = 5_000_000n;
const job = encodeJobId(id, 'f58');

let t: ResourceInstance;
let resources: Resources;
let dir: string;
beforeAll(async () => {
  t = await ResourceInstance.start({ size: 3, connectors: true });
  await t.event('resource-define');
  await t.put(jobKvsKey(id, 'R'), JSON.stringify(uniformR('0-2', '0', 'h[0-2]')));
  resources = new Resources(t.flux);
});
afterAll(() => t.stop());
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'perilog-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const run = (argv: string[], options: RunOptions = {}): Promise<CommandResult> =>
  runCli(perilog, argv, {
    env: { PATH: process.env['PATH'], LANG: 'C.UTF-8', FLUX_URI: t.instance.uri(), FLUX_JOB_ID: String(id), DIR: dir },
    ...options,
  });
const result = (status: number, ...lines: string[]) => ({ status, stdout: '', stderr: lines.map((line) => `${line}\n`).join('') });

/** A script in a folder of them. */
function script(name: string, body: string, mode = 0o755): string {
  const folder = path.join(dir, 'scripts');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${body}\n`, { mode });
  return path.join(folder, name);
}

async function fifo(name: string): Promise<string> {
  const file = path.join(dir, name);
  await spawnProcess({ argv: ['mkfifo', file], env: process.env }).exited;
  return file;
}

const read = (name: string) => fs.readFileSync(path.join(dir, name), 'utf8');
const drained = async () => Object.entries((await resources.status()).drain).map(([ranks, { reason }]) => [ranks, reason]);

describe('the folder of scripts', () => {
  test('all executables run, without arguments, in the environment of the job', async () => {
    const a = script('a', 'echo "$FLUX_JOB_ID $#" >$DIR/a');
    const b = script('b', 'echo b >$DIR/b');
    script('c', 'echo c >$DIR/c', 0o644);
    fs.mkdirSync(path.join(dir, 'scripts/folder'));
    fs.symlinkSync('/nonexistent', path.join(dir, 'scripts/nowhere'));
    const { status, stdout, stderr } = await run(['prolog', '-v', '-d', path.join(dir, 'scripts')]);
    expect([status, stdout]).toEqual([0, '']);
    const [head, ...rest] = stderr.trimEnd().split('\n');
    expect(head).toBe(`INFO:flux-perilog-run:${job}: prolog: running 2 scripts from ${dir}/scripts`);
    expect(rest.sort()).toEqual([a, b].map((file) => `INFO:flux-perilog-run:${job}: ${file} completed successfully`));
    expect([read('a'), read('b')]).toEqual([`${id} 0\n`, 'b\n']);
    expect(fs.existsSync(path.join(dir, 'c'))).toBe(false);
  });

  test('they run at the same time', async () => {
    await fifo('fifo');
    script('a', 'echo from a >$DIR/fifo');
    script('b', 'cat $DIR/fifo >$DIR/out');
    expect(await run(['epilog', '-d', path.join(dir, 'scripts')])).toEqual(result(0));
    expect(read('out')).toBe('from a\n');
  });

  test('the largest exit code counts, and nothing runs on the ranks then', async () => {
    script('a', 'exit 3');
    script('b', 'exit 2');
    script('c', 'exit 0');
    const { status, stderr } = await run(['prolog', '-d', path.join(dir, 'scripts'), '-e', `touch,${dir}/ran`]);
    expect(status).toBe(3);
    expect(stderr.trimEnd().split('\n').sort()).toEqual([
      `${job}: ${dir}/scripts/a failed with rc=3`,
      `${job}: ${dir}/scripts/b failed with rc=2`,
    ]);
    expect(fs.existsSync(path.join(dir, 'ran'))).toBe(false);
  });

  test('one that can’t be started has failed, as has one that a signal ends', async () => {
    fs.mkdirSync(path.join(dir, 'scripts'));
    const bad = path.join(dir, 'scripts/bad');
    fs.writeFileSync(bad, '#!/nonexistent\n', { mode: 0o755 });
    expect(await run(['prolog', '-d', path.join(dir, 'scripts')])).toEqual(
      result(127, `${job}: ${bad}: No such file or directory`, `${job}: ${bad} failed with rc=127`),
    );
    fs.rmSync(bad);
    const killed = script('killed', 'kill -9 $$');
    expect(await run(['prolog', '-v', '-d', path.join(dir, 'scripts')])).toEqual(
      result(
        137,
        `INFO:flux-perilog-run:${job}: prolog: running 1 scripts from ${dir}/scripts`,
        `ERROR:flux-perilog-run:${job}: ${killed} failed with rc=137`,
      ),
    );
  });

  test('what is no folder is passed over; a relative path starts at the working directory', async () => {
    expect(await run(['prolog', '-v', '-d', path.join(dir, 'none')])).toEqual(result(0));
    fs.writeFileSync(path.join(dir, 'file'), '');
    expect(await run(['prolog', '-v', '-d', path.join(dir, 'file')])).toEqual(result(0));
    const failing = script('a', 'exit 1');
    expect(await run(['epilog', '-d', 'scripts'], { cwd: dir })).toEqual(result(1, `${job}: ${failing} failed with rc=1`));
  });

  test('SIGINT and SIGTERM do not end it: it waits for what it has started', async () => {
    const ready = await fifo('ready');
    const go = await fifo('go');
    script('a', 'echo up >$DIR/ready; read line <$DIR/go; exit $line');
    const signals = new EventEmitter();
    const running = run(['prolog', '-d', path.join(dir, 'scripts')], { signals });
    await fs.promises.readFile(ready);
    expect([signals.emit('SIGINT', 'SIGINT'), signals.emit('SIGTERM', 'SIGTERM')]).toEqual([true, true]);
    await fs.promises.writeFile(go, '4\n');
    expect((await running).status).toBe(4);
    expect([signals.listenerCount('SIGINT'), signals.listenerCount('SIGTERM')]).toEqual([0, 0]);
  });
});

describe('the command of each rank', () => {
  const none = ['-d', '/nonexistent'];

  test('runs on all ranks of the job, with its arguments and in its environment', async () => {
    const argv = ['prolog', ...none, '-v', '-e', `sh,-c,echo $FLUX_JOB_ID >${dir}/$$; echo $0 $1,a b,-c`];
    const { status, stdout, stderr } = await run(argv);
    expect([status, stdout]).toEqual([0, 'a b -c\n'.repeat(3)]);
    expect(fs.readdirSync(dir).map(read)).toEqual([`${id}\n`, `${id}\n`, `${id}\n`]);
    const words = `['sh', '-c', 'echo $FLUX_JOB_ID >${dir}/$$; echo $0 $1', 'a b', '-c']`;
    expect(stderr).toBe(
      `INFO:flux-perilog-run:${job}: prolog: executing ${words} on ranks 0-2\n` +
        `INFO:flux-perilog-run:${job}: prolog: completed successfully on 0-2\n`,
    );
    expect(await drained()).toEqual([]);
  });

  test.each(['prolog', 'epilog'])('ranks where the %s fails are drained, and the largest code is the exit code', async (name) => {
    // Two of the three find no folder to take.
    fs.mkdirSync(path.join(dir, 'free'));
    const body = `rmdir ${dir}/free 2>/dev/null && exit 0; mkdir ${dir}/second 2>/dev/null && exit 5; exit 7`;
    const { status, stdout, stderr } = await run([name, ...none, '-v', '-e', `sh,-c,${body}`]);
    expect([status, stdout]).toEqual([7, '']);
    const [[ranks, reason] = [], ...more] = await drained();
    expect([reason, more]).toEqual([`${name} failed for jobid ${job}`, []]);
    expect(['0-1', '0,2', '1-2']).toContain(ranks);
    const left = { '0-1': '2', '0,2': '1', '1-2': '0' }[ranks!];
    expect(stderr.split('\n').slice(1)).toEqual([
      `INFO:flux-perilog-run:${job}: ${ranks} failed ${name}, draining`,
      `INFO:flux-perilog-run:${job}: ${name}: completed successfully on ${left}`,
      '',
    ]);
    await resources.undrain(ranks!);
  });

  test('one that can’t be started is said by each rank, and drains it', async () => {
    const texts = [0, 1, 2].map((rank) => `flux-exec: Error: rank ${rank}: /nonexistent: No such file or directory`);
    expect(await run(['prolog', ...none, '--exec-per-rank=/nonexistent'])).toEqual(result(127, ...texts));
    expect(await drained()).toEqual([['0-2', `prolog failed for jobid ${job}`]]);
    await resources.undrain('0-2');
  });

  test('what is signaled is handed on to the processes, which have then failed', async () => {
    const ready = await fifo('ready');
    const signals = new EventEmitter();
    await t.put(jobKvsKey(6n, 'R'), JSON.stringify(uniformR('1', '0', 'h1')));
    const env = { PATH: process.env['PATH'], FLUX_URI: t.instance.uri(), FLUX_JOB_ID: '6' };
    const running = run(['epilog', ...none, '-e', `sh,-c,echo up >${ready}; exec sleep 100`], { signals, env });
    await fs.promises.readFile(ready);
    signals.emit('SIGTERM', 'SIGTERM');
    expect(await running).toEqual(result(143));
    expect((await drained()).map(([ranks]) => ranks)).toEqual(['1']);
    await resources.undrain('1');
  });

  test('processes that are given up at the third interrupt have failed', async () => {
    const ready = await fifo('ready');
    const signals = new EventEmitter();
    await t.put(jobKvsKey(7n, 'R'), JSON.stringify(uniformR('2', '0', 'h2')));
    const env = { PATH: process.env['PATH'], FLUX_URI: t.instance.uri(), FLUX_JOB_ID: '7' };
    const running = run(['prolog', ...none, '-e', `sh,-c,trap "" INT; echo up >${ready}; exec sleep 100`], { signals, env });
    await fs.promises.readFile(ready);
    for (let i = 0; i < 3; i++) signals.emit('SIGINT', 'SIGINT');
    expect(await running).toEqual(
      result(1, 'interrupt (Ctrl+C) one more time within 1.00 sec to exit', '2: command still running at exit'),
    );
    expect((await drained()).map(([ranks]) => ranks)).toEqual(['2']);
    await resources.undrain('2');
  });

  test('needs the R of the job, and an instance', async () => {
    const env = { LANG: 'C', LC_ALL: 'C', FLUX_URI: t.instance.uri(), FLUX_JOB_ID: 'f9' };
    expect(await run(['prolog', ...none, '-e', 'true'], { env })).toEqual(result(1, 'R not found in kvs for job f9, unable to continue'));
    expect(await run(['prolog', ...none, '-e', 'true'], { env: { ...env, FLUX_URI: 'local:///nonexistent' } })).toEqual(
      result(1, 'flux-perilog-run: ERROR: [Errno 2] Unable to connect to Flux'),
    );
  });
});

test('FLUX_JOB_ID must be there, and be one', async () => {
  expect(await run(['prolog'], { env: {} })).toEqual(result(1, 'FLUX_JOB_ID not found in environment'));
  expect(await run(['prolog'], { env: { FLUX_JOB_ID: 'x y' } })).toEqual(
    result(1, 'flux-perilog-run: ERROR: [Errno 22] EINVAL: Invalid argument'),
  );
});

test('a sub-command is needed', async () => {
  const usage = 'usage: flux-perilog-run [-h] {prolog,epilog} ...\n';
  const missing = `${usage}flux-perilog-run: error: the following arguments are required: subcommand\n`;
  expect(await run([])).toEqual({ status: 2, stdout: '', stderr: missing });
  expect(await run(['midlog'])).toEqual({
    status: 2,
    stdout: '',
    stderr: `${usage}flux-perilog-run: error: argument subcommand: invalid choice: 'midlog' (choose from 'prolog', 'epilog')\n`,
  });
});
