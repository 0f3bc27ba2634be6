import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { signals } from '../../core/sys/signals';
import { flux, type Ran, root, run, start } from './processes';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-start-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

const noRunLevels = '-Sbroker.rc1_path=,-Sbroker.rc3_path=';

/** Runs flux start with these options and words, with its own folder for temporary files. */
const started = (...words: string[]): Promise<Ran> => run([flux, 'start', ...words], { env: { TMPDIR: dir }, cwd: dir });

/** Words of an initial program that runs JavaScript with handles on the instance (`flux`) and on flux start's own service (`service`). */
function script(body: string): string[] {
  const code = `const { Flux } = require(${JSON.stringify(path.join(root, 'build/core/index.js'))});
    const failed = (promise) => promise.then(() => 'no error', (e) => e.code + (e.text ? ' ' + e.text : ''));
    (async () => {
      const flux = await Flux.open();
      const service = await Flux.open(process.env.FLUX_START_URI);
      const say = (value) => console.log(JSON.stringify(value));
      const becomes = async (status) => {
        for await (const health of flux.stream('overlay.health')) if (health.status === status) return;
      };
      try { ${body} } finally { flux.close(); service.close(); }
    })().catch((e) => { console.error(e); process.exit(9); });`;
  return [process.execPath, '-e', code];
}

const lines = ({ stdout }: Ran) => stdout.trim().split('\n');

describe('the service of flux start', () => {
  /** Three brokers of a configuration, of which only the first is started. */
  async function leaderOnly(body: string): Promise<Ran> {
    const cert = path.join(dir, 'cert');
    await run([flux, 'keygen', cert]);
    fs.mkdirSync(path.join(dir, 'conf'));
    const uri = `ipc://${dir}/%h`;
    const table = `[bootstrap]\ncurve_cert = "${cert}"\ndefault_bind = "${uri}"\ndefault_connect = "${uri}"\nhosts = [{ host = "node[0-2]" }]\n`;
    fs.writeFileSync(path.join(dir, 'conf', 'bootstrap.toml'), table);
    const options = ['-s3', '--test-start-mode=leader', '--test-hosts=node[0-2]', '--test-exit-mode=leader'];
    return started(...options, `-o-c,${dir}/conf,-Sbroker.quorum=0,${noRunLevels}`, ...script(body));
  }

  test('runs, kills and awaits brokers, and tells their process ids', async () => {
    const ran = await leaderOnly(`
      const pids = async () => (await service.rpc('start.status')).procs.map(({ pid }) => pid);
      const [leader, ...others] = await pids();
      say([leader > 1, others]);
      say(await service.rpc('start.wait', { rank: 1 }));
      for (const rank of [1, 2]) await service.rpc('start.run', { rank });
      await becomes('full');
      say((await pids()).every((pid) => pid > 1));
      say(await failed(service.rpc('start.run', { rank: 1 })));
      const waiting = service.rpc('start.wait', { rank: 2 });
      say(await failed(service.rpc('start.wait', { rank: 2 })));
      await service.rpc('start.kill', { rank: 2, signum: 9 });
      say(await waiting);
      await service.rpc('start.kill', { rank: 2, signum: 9 });
      await becomes('degraded');
      await service.rpc('start.run', { rank: 2 });
      for await (const { members } of flux.stream('groups.get', { name: 'broker.online' })) if (members === '0-2') break;
      say((await flux.rpc('attr.get', { name: 'rank' }, { nodeid: 2 })).value);
    `);
    expect(lines(ran).map((line) => JSON.parse(line))).toEqual([
      [true, [-1, -1]],
      { exit_rc: 0 },
      true,
      'EEXIST',
      'EEXIST',
      { exit_rc: 137 },
      '2',
    ]);
    expect(ran.stderr).toMatch(/^flux-start: 2 \(pid \d+\) Killed\n$/);
    expect(ran.status).toBe(0);
  });

  test('refuses ranks that do not exist, signals that are none, missing keys and unknown methods', async () => {
    const ran = await leaderOnly(`
      for (const method of ['run', 'wait']) say(await failed(service.rpc('start.' + method, { rank: 3 })));
      say(await failed(service.rpc('start.kill', { rank: -1, signum: 9 })));
      say(await failed(service.rpc('start.kill', { rank: 0, signum: 0 })));
      say(await failed(service.rpc('start.kill', { rank: 0 })));
      say(await failed(service.rpc('start.nosuch')));
    `);
    expect(lines(ran).map((line) => JSON.parse(line))).toEqual([
      'ESRCH',
      'ESRCH',
      'ESRCH',
      'EINVAL',
      'EPROTO',
      'ENOSYS Unknown service method',
    ]);
  });
});

test('--test-hosts names the hosts everywhere: in R, in the attribute, for drain', async () => {
  const line =
    'flux getattr hostlist; flux kvs get resource.R | flux R decode --nodelist; flux resource drain a; flux resource status -s drain -no {nodelist}';
  const ran = await started('-s2', '--test-hosts=a,b', line);
  expect({ status: ran.status, lines: lines(ran), stderr: ran.stderr }).toEqual({ status: 0, lines: ['a,b', 'a,b', 'a'], stderr: '' });
});

test('a module that rc1 can not start is named with its reason', async () => {
  fs.mkdirSync(path.join(dir, 'conf'));
  fs.writeFileSync(path.join(dir, 'conf', 'r.toml'), '[resource]\nexclude = "zz"\n');
  const { status, stderr } = await started(`-o-c,${dir}/conf`, 'true');
  expect(stderr).toContain('rc1.0: resource: error decoding exclude set zz: zz: invalid targets: invalid hosts: zz: Invalid argument\n');
  expect(status).toBe(1);
});

test('a run directory in which sockets would have too long a name is refused, and nothing stays', async () => {
  const long = path.join(dir, 'x'.repeat(96));
  fs.mkdirSync(long);
  const { status, stderr } = await run([flux, 'start', '-s2', 'true'], { env: { TMPDIR: long }, cwd: dir });
  expect(stderr).toMatch(/^flux-start: rundir length of \d+ bytes exceeds max 96 to allow for AF_UNIX socket creation\.\n$/);
  expect(status).toBe(1);
  expect(fs.readdirSync(long)).toEqual([]);
});

describe('a broker that ends before the others', () => {
  const killOne = script(`await service.rpc('start.kill', { rank: 1, signum: 9 }); await becomes('degraded'); process.exitCode = 3;`);

  test('lets the others live for --test-exit-timeout, and the highest code counts', async () => {
    const program = script(`await service.rpc('start.kill', { rank: 1, signum: 9 }); await flux.closed;`);
    const { status, stderr } = await started('-s2', '--test-exit-timeout=0.1s', `-o${noRunLevels}`, ...program);
    expect(stderr).toMatch(/^flux-start: 1 \(pid \d+\) Killed\nflux-start: 0 \(pid \d+\) Killed\n$/);
    expect(status).toBe(137);
  });

  test('is not survived by what it ran', async () => {
    const program = 'sleep 1000 & (setsid sleep 1000 &); kill -9 $PPID; exec sleep 1000';
    const { status, stderr } = await started('-s1', `-o${noRunLevels}`, program);
    expect(stderr).toMatch(/^flux-start: 0 \(pid \d+\) Killed\n$/);
    expect(status).toBe(137);
  });

  test('does not matter with --test-exit-mode=leader: the code is that of rank 0', async () => {
    const { status, stderr } = await started('-s2', '--test-exit-mode=leader', '--test-exit-timeout=0.1s', `-o${noRunLevels}`, ...killOne);
    expect(stderr).toMatch(/^flux-start: 1 \(pid \d+\) Killed\n(?:.*\n)*flux-start: 0 \(pid \d+\) exited with rc=3\n$/);
    expect(status).toBe(3);
  });
});

test('SIGTERM to flux start ends the instance', async () => {
  const instance = start([flux, 'start', '-s2', `-o${noRunLevels}`, 'echo up; exec sleep 1000'], { env: { TMPDIR: dir }, cwd: dir });
  await instance.says('up');
  instance.kill(signals.SIGTERM);
  const { status, stderr } = await instance.ended;
  expect(status).toBe(143);
  expect(stderr).toMatch(/flux-start: 0 \(pid \d+\) exited with rc=143\n$/);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('--verbose=2 shows the command lines and the PMI dialogue', async () => {
  const { stderr } = await started('-s2', '--verbose=2', `-o${noRunLevels}`, 'true');
  const shown = stderr.split('\n');
  expect(shown[0]).toMatch(/^flux-start: 0: \S+flux-broker --setattr=rundir=\S+ -Sbroker.rc1_path= -Sbroker.rc3_path= true$/);
  expect(shown[1]).toMatch(/^flux-start: 1: \S+flux-broker --setattr=rundir=\S+ -Sbroker.rc1_path= -Sbroker.rc3_path=$/);
  for (const rank of [0, 1]) {
    const dialogue = shown.filter((line) => line.startsWith(`${rank}: `));
    expect(dialogue.slice(0, 2)).toEqual([
      `${rank}: C: cmd=init pmi_version=1 pmi_subversion=1`,
      `${rank}: S: cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1`,
    ]);
    expect(dialogue.slice(-2)).toEqual([`${rank}: C: cmd=finalize`, `${rank}: S: cmd=finalize_ack rc=0`]);
  }
});

test('brokers that share a node talk over sockets of the run directory, with --test-pmi-clique=none over tcp', async () => {
  const question = 'flux getattr tbon.endpoint; flux getattr broker.mapping';
  const [single, mapping] = lines(await started('-s2', `-o${noRunLevels}`, question));
  expect(single).toMatch(new RegExp(`^ipc://${dir}/flux-\\w{6}/tbon-0$`));
  expect(mapping).toBe('(vector,(0,1,2))');
  const { stdout, stderr } = await started('-s2', '--test-pmi-clique=none', `-o${noRunLevels}`, question);
  expect(stdout).toMatch(/^tcp:\/\/.*:\d+\n$/);
  expect(stderr).toContain('flux-getattr: broker.mapping: No such file or directory');
});

test('--test-rundir is kept, unless --test-rundir-cleanup is given', async () => {
  fs.mkdirSync(path.join(dir, 'run'));
  const question = ['-s1', `--test-rundir=${dir}/run`, `-o${noRunLevels}`, 'flux getattr rundir'];
  expect(await started(...question)).toMatchObject({ status: 0, stdout: `${dir}/run\n` });
  expect(fs.existsSync(path.join(dir, 'run'))).toBe(true);
  expect(await started('--test-rundir-cleanup', ...question)).toMatchObject({ status: 0 });
  expect(fs.existsSync(path.join(dir, 'run'))).toBe(false);
});

test.each([1, 16, 100])('a tree of any fanout is an instance: %i', async (fanout) => {
  const question = 'flux overlay status --wait=full --summary; flux getattr tbon.maxlevel; flux ping -c1 4 | cut -d" " -f1';
  const ran = await started('-s5', `-o-Stbon.fanout=${fanout},${noRunLevels}`, question);
  expect(ran).toMatchObject({ status: 0, stdout: `full\n${fanout === 1 ? 4 : 1}\n4!broker.ping\n` });
});

test.each(['', '-s3', '-s1 -o,-Slog-stderr-level=7'])('flux start %s ends in order when nobody reads what it says', async (options) => {
  // the reader has gone long before the instance says how its program ended
  const { status, stdout } = await run(
    ['bash', '-c', `{ "$0" start ${options} 'exit 3' 2>&1; echo $? >status; } | true; cat status`, flux],
    { cwd: dir },
  );
  expect({ status, stdout }).toEqual({ status: 0, stdout: '3\n' });
});

test('when flux start is killed its brokers end in order, and an initial program that TERM does not end, by HUP', async () => {
  const rc3 = `echo done >>${dir}/rc3`;
  const program = "trap '' TERM; echo ready; exec sleep 600";
  const instance = start([flux, 'start', '-s3', `-o-Sbroker.rc1_path=,-Sbroker.rc3_path=${rc3}`, `--test-rundir=${dir}`, program]);
  await instance.says('ready');
  instance.kill(signals.SIGKILL);
  // their output ends with the last of them
  expect((await instance.ended).status).toBe(128 + 9);
  expect(fs.readFileSync(`${dir}/rc3`, 'utf8')).toBe('done\n'.repeat(3));
});
