import fs from 'node:fs';
import path from 'node:path';
import { signals } from '../../../core/sys/signals';
import { testInstance } from '../../../core/testing';
import { runBroker, scratchFolder, script, startBroker } from './run-broker';

const scratch = scratchFolder();

/** A script in a folder of a site's, which adds a line to `out`. */
function rcScript(folder: string, name: string, text: string): void {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
}

describe('rc1.d and rc3.d', () => {
  test('of each folder of FLUX_RC_EXTRA run in sorted order, with the instance’s environment', async () => {
    const out = path.join(scratch, 'out');
    const [one, two] = [path.join(scratch, 'one'), path.join(scratch, 'two')];
    rcScript(`${one}/rc1.d`, '20-second', `echo "second $0" >>${out}; echo printed; echo complained >&2`);
    rcScript(`${one}/rc1.d`, '10-first', `echo "first $FLUX_URI" >>${out}`);
    rcScript(`${two}/rc1.d`, 'third', `echo third >>${out}`);
    rcScript(`${two}/rc3.d`, 'last', `echo last >>${out}`);
    const t = await testInstance({ rc1: true, env: { FLUX_RC_EXTRA: `${one}:/nonexistent::${two}` } });
    const uri = t.uri();
    const log = () =>
      t.brokers[0]!.log.entries.map((line) => line.replace(/^<(\d+)>.* - - /, '$1 ')).filter((line) => line.includes('rc1.0:'));
    const lines = log();
    await t.stop();
    expect(fs.readFileSync(out, 'utf8').split('\n')).toEqual([`first ${uri}`, `second ${one}/rc1.d/20-second`, 'third', 'last', '']);
    expect(lines.slice(0, 3)).toEqual([
      `48 rc1.0: running ${one}/rc1.d/10-first`,
      `48 rc1.0: running ${one}/rc1.d/20-second`,
      expect.stringMatching(/^(48 rc1.0: printed|24 rc1.0: complained)$/),
    ]);
    expect(lines.at(-1)).toMatch(/^48 rc1\.0: \S+ -c \S+rc1\.json Exited \(rc=0\) \d+\.\ds$/);
  });

  test('that fail end rc1 as bash -e would: no later one runs, and the broker fails', async () => {
    const out = path.join(scratch, 'failed');
    const folder = path.join(scratch, 'failing');
    rcScript(`${folder}/rc1.d`, '1', 'exit 4');
    rcScript(`${folder}/rc1.d`, '2', `echo never >>${out}`);
    await expect(testInstance({ rc1: true, env: { FLUX_RC_EXTRA: folder } })).rejects.toThrow(
      new RegExp(`a broker ended with status 1[\\s\\S]*${folder}/rc1.d/1: exited with rc=4`),
    );
    expect(fs.existsSync(out)).toBe(false);
  });
});

describe('a program that can not be started', () => {
  test('of the command line is one line on stderr, and its reason is in the log', async () => {
    const { code, stderr } = await runBroker(['-Sbroker.rc1_path=', '-Sbroker.rc3_path=', '/nonexistent/x', 'y']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\S+ broker\.err\[0\]: rc2\.0: \/nonexistent\/x y error starting command \(rc=1\) \d+\.\ds\n$/);
    const log = path.join(scratch, 'not-started.log');
    await runBroker([`-Slog-filename=${log}`, '-Sbroker.rc1_path=', '-Sbroker.rc3_path=', '/nonexistent/x', 'y']);
    expect(fs.readFileSync(log, 'utf8')).toContain('rc2.0: /nonexistent/x: No such file or directory');
  });

  test('of rc1.d fails rc1 with its reason', async () => {
    const folder = path.join(scratch, 'unrunnable');
    rcScript(`${folder}/rc1.d`, '1', 'true');
    fs.chmodSync(`${folder}/rc1.d/1`, 0o644);
    await expect(testInstance({ rc1: true, env: { FLUX_RC_EXTRA: folder } })).rejects.toThrow(`${folder}/rc1.d/1: Permission denied`);
  });
});

describe('signals', () => {
  test.each([
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGQUIT', 3],
    ['SIGFPE', 8],
    ['SIGUSR1', 10],
    ['SIGSEGV', 11],
    ['SIGUSR2', 12],
    ['SIGALRM', 14],
    ['SIGTERM', 15],
    ['SIGSTKFLT', 16],
    ['SIGXCPU', 24],
    ['SIGVTALRM', 26],
    ['SIGPROF', 27],
    ['SIGIO', 29],
    ['SIGPWR', 30],
    ['SIGSYS', 31],
    ['SIGRTMIN', 34],
    ['SIGRTMAX', 64],
  ])('%s ends a broker in order', async (_, signal) => {
    const file = path.join(scratch, `rc3-${signal}`);
    const broker = startBroker(['-Sbroker.rc2_none', '-Slog-stderr-level=6', `-Sbroker.rc3_path=echo done >${file}`]);
    await broker.output('rc2-none: ignored in run');
    broker.kill(signal);
    const { code, stderr } = await broker.ended;
    expect({ code, said: stderr.includes(`signal ${signal}\n`) }).toEqual({ code: 0, said: true });
    expect(fs.readFileSync(file, 'utf8')).toBe('done\n');
  });

  test('in cleanup end the command that runs and drop the rest', async () => {
    const never = path.join(scratch, 'never');
    const push = script(
      `await flux.rpc('runat.push', { name: 'cleanup', commands: ['echo never >${never}', 'echo cleaning; exec sleep 600'] });`,
    );
    const broker = startBroker(['-Slog-stderr-level=6', ...push]);
    await broker.output('cleanup.0: cleaning');
    broker.kill(signals.SIGTERM);
    const { code, stderr } = await broker.ended;
    expect(code).toBe(128 + 15);
    expect(stderr).toMatch(/cleanup\.0: \/bin\/sh -c echo cleaning; exec sleep 600 Terminated \(rc=143\)/);
    expect(stderr).toContain('cleanup-fail: cleanup->shutdown');
    expect(fs.existsSync(never)).toBe(false);
  });

  test('of a terminal that have ended the initial program leave rc3 alone', async () => {
    const file = path.join(scratch, 'interrupted');
    const broker = startBroker([`-Sbroker.rc3_path=echo done >${file}`, 'echo ready; exec sleep 600'], {}, { terminal: true });
    await broker.output('ready');
    broker.type('\x03');
    expect((await broker.ended).code).toBe(128 + 2);
    expect(fs.readFileSync(file, 'utf8')).toBe('done\n');
  });

  test('of a terminal may come late: when the initial program has ended by one it is answered', async () => {
    const rc3 = 'echo finishing; exec sleep 600';
    const broker = startBroker(['-Slog-stderr-level=6', `-Sbroker.rc3_path=${rc3}`, 'kill -INT $$']);
    await broker.output('rc3.0: finishing');
    broker.kill(signals.SIGINT);
    await broker.output('ignored signal 2 in finalize: it has been answered');
    broker.kill(signals.SIGINT);
    expect((await broker.ended).stderr).toContain(`rc3.0: /bin/sh -c ${rc3} Terminated (rc=143)`);
  });

  test('that come twice, as from a launcher, do not end rc3 the second time, but the third', async () => {
    const rc3 = 'echo finishing; exec sleep 600';
    const broker = startBroker(['-Slog-stderr-level=6', `-Sbroker.rc3_path=${rc3}`, 'echo ready; exec sleep 600']);
    await broker.output('ready');
    broker.kill(signals.SIGALRM);
    await broker.output('rc3.0: finishing');
    broker.kill(signals.SIGALRM);
    await broker.output('ignored signal 14 in finalize: it has been answered');
    broker.kill(signals.SIGALRM);
    expect((await broker.ended).stderr).toContain(`rc3.0: /bin/sh -c ${rc3} Terminated (rc=143)`);
  });

  test('in rc3 end it', async () => {
    const broker = startBroker(['-Slog-stderr-level=6', '-Sbroker.rc3_path=echo finishing; exec sleep 600', 'true']);
    await broker.output('rc3.0: finishing');
    broker.kill(signals.SIGHUP);
    const { code, stderr } = await broker.ended;
    expect(code).toBe(128 + 15);
    expect(stderr).toContain('rc3-fail: finalize->exit');
  });
});

describe('the initial program', () => {
  test('has the broker’s input and output', async () => {
    const broker = startBroker(['cat; echo to stderr >&2; pwd'], {}, { stdin: 'typed\n', cwd: scratch });
    expect(await broker.ended).toEqual({ code: 0, stdout: `typed\n${scratch}\n`, stderr: 'to stderr\n' });
  });

  test('has its terminal', async () => {
    const { code, stdout } = await startBroker(['test -t 0 && test -t 1 && test -t 2 && stty size </dev/tty'], {}, { terminal: true })
      .ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: '24 80\r\n' });
  });

  test('without words is the user’s shell', async () => {
    const { code, stdout } = await startBroker([], { SHELL: '/bin/sh' }, { stdin: 'echo from $0; exit 6\n' }).ended;
    expect({ code, stdout }).toEqual({ code: 6, stdout: 'from /bin/sh\n' });
  });

  test('knows the job that this instance is, but not the launcher', async () => {
    const env = { FLUX_JOB_ID: '17', FLUX_JOB_SIZE: '1', FLUX_KVS_NAMESPACE: 'job-17' };
    const rexec = `const { RemoteProcess } = require('${path.resolve(__dirname, '../../../core/subprocess')}');
      await new RemoteProcess(flux, 0, { argv: ['/usr/bin/env'], cwd: '/' }, { onOutput: (s, data) => process.stdout.write(data) }).completed;
      console.log('initial ' + process.env.FLUX_JOB_ID + ' ' + process.env.FLUX_KVS_NAMESPACE);
      console.log(await flux.getattr('parent-kvs-namespace'));`;
    const { stdout } = await runBroker(script(rexec), env);
    expect(stdout).toMatch(/^initial 17 undefined$/m);
    expect(stdout).toMatch(/^job-17$/m);
    expect(stdout).not.toMatch(/^FLUX_JOB_ID=|^FLUX_JOB_SIZE=|^FLUX_KVS_NAMESPACE=/m);
  });
});

test('cleanup commands run in the order of each push, the last pushed first', async () => {
  const out = path.join(scratch, 'cleanup');
  const add = (word: string) => `'echo ${word} >>${out}'`;
  const push = script(`await flux.rpc('runat.push', { name: 'cleanup', commands: [${add('four')}, ${add('three')}] });
    await flux.rpc('runat.push', { name: 'cleanup', commands: [${add('two')}, ${add('one')}] });`);
  await runBroker(push);
  expect(fs.readFileSync(out, 'utf8').trim().split('\n')).toEqual(['one', 'two', 'three', 'four']);
});
