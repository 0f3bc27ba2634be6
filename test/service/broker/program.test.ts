import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { curveKeyPair } from 'zeromq';
import { writeCertificate } from '../../../core/formats/certificate';
import { signals } from '../../../core/sys/signals';
import { runBroker, scratchFolder, script, startBroker } from './run-broker';

const scratch = scratchFolder();

describe('command line', () => {
  test.each([
    [['--nosuch'], "flux-broker: unrecognized option '--nosuch'\nTry `flux-broker --help' for more information.\n"],
    [['-v2'], "flux-broker: unrecognized option '-2'\nTry `flux-broker --help' for more information.\n"],
    [['--verbose=x'], "flux-broker: flux-broker: Option 'verbose' requires an integer argument\n"],
    [['-Scontent.hash=x'], 'flux-broker: x: unknown hash type\nflux-broker: content_cache_create: Invalid argument\n'],
    [['-Slog-level=9'], 'flux-broker: setattr log-level=9: Invalid argument\n'],
    [['-Slog-filename=/nonexistent/x'], 'flux-broker: setattr log-filename=/nonexistent/x: No such file or directory\n'],
    [['-Sbroker.pid=3'], 'flux-broker: setattr broker.pid=3: Operation not permitted\n'],
    [['-Srank=3'], 'flux-broker: registering overlay attributes: File exists\n'],
    [['-Stbon.fanout=0'], 'flux-broker: tbon.fanout must be >= 1\nflux-broker: overlay_create: Invalid argument\n'],
    [['-Stbon.fanout=x'], 'flux-broker: tbon.fanout value must be an integer\nflux-broker: overlay_create: Invalid argument\n'],
    [['-Sbroker.quorum=9'], 'flux-broker: Error parsing broker.quorum attribute: exceeds size\n'],
    [['-Sbroker.quorum=x'], 'flux-broker: Error parsing broker.quorum attribute\n'],
    [['-Sbroker.quorum-timeout=x'], 'flux-broker: Error parsing broker.quorum-timeout attribute\n'],
    [['-Stbon.parent-timeout=x'], 'flux-broker: Error parsing tbon.parent-timeout attribute\n'],
    [['-Stbon.parent-timeout=0'], 'flux-broker: Error parsing tbon.parent-timeout attribute\n'],
    [['-Stbon.heartbeat-timeout=none'], 'flux-broker: Error parsing tbon.heartbeat-timeout attribute\n'],
    [['-Slocal-uri=x'], 'flux-broker: local-uri is malformed\n'],
    [['-Slocal-uri=local:///dev/null/x'], 'flux-broker: local-uri directory /dev/null: Not a directory\n'],
    [
      [`-Slocal-uri=local:///${'x'.repeat(107)}`],
      'flux-broker: local-uri length of 108 bytes exceeds max 107 AF_UNIX socket path length\n',
    ],
    [['-Srundir=/dev/null'], 'flux-broker: rundir /dev/null: Not a directory\n'],
    [[`-Srundir=/${'x'.repeat(96)}`], 'flux-broker: rundir length of 97 bytes exceeds max 96 to allow for AF_UNIX socket creation.\n'],
    [['-Stbon.endpoint=tcp://h:1'], 'flux-broker: setattr tbon.endpoint: File exists\n'],
    [['-Stbon.parent-endpoint'], 'flux-broker: setattr tbon.parent-endpoint: File exists\n'],
    [['-Shostlist=a'], 'flux-broker: setattr hostlist: File exists\n'],
    [['-Sversion=1'], 'flux-broker: setattr version: File exists\n'],
    [['-Sjobid=1'], 'flux-broker: setattr jobid: File exists\n'],
    [['-Sinstance-level=1'], 'flux-broker: setattr instance-level: File exists\n'],
    [['-Sbroker.mapping=x'], 'flux-broker: setattr broker.mapping: File exists\n'],
    [['-Sconfig.path=/x'], 'flux-broker: setattr config.path: File exists\n'],
    [['-Stbon.zmqdebug=foo'], 'flux-broker: tbon.zmqdebug value must be an integer\nflux-broker: overlay_create: Invalid argument\n'],
    [['-Stbon.prefertcp=1x'], 'flux-broker: tbon.prefertcp value must be an integer\nflux-broker: overlay_create: Invalid argument\n'],
    [['-Slog-level=debug'], 'flux-broker: log-level value must be an integer\n'],
    [['-Slog-ring-size='], 'flux-broker: log-ring-size value must be an integer\n'],
    [['-Scontent.flush-batch-limit=x'], 'flux-broker: content_cache_create: Invalid argument\n'],
    [['-c', '/nonexistent'], 'flux-broker: Config file error: /nonexistent: No such file or directory\n'],
  ])('%j is refused', async (args, stderr) => {
    expect(await runBroker([...args, 'true'])).toEqual({ code: 1, stdout: '', stderr });
  });

  test('a local-uri needs a folder that is its owner’s to write, for root too', async () => {
    const dir = fs.mkdtempSync(path.join(scratch, 'mode-'));
    fs.chmodSync(dir, 0o500);
    const stderr = `flux-broker: local-uri directory ${dir} does not have owner=rwx permissions\n`;
    expect(await runBroker([`-Slocal-uri=local://${dir}/x`, 'true'])).toEqual({ code: 1, stdout: '', stderr });
  });

  test('a TMPDIR in which sockets would have too long a name is refused before anything runs', async () => {
    const dir = path.join(scratch, 'x'.repeat(96));
    fs.mkdirSync(dir);
    const length = dir.length + '/flux-XXXXXX'.length;
    const stderr = `flux-broker: rundir length of ${length} bytes exceeds max 96 to allow for AF_UNIX socket creation.\n`;
    expect(await runBroker(['echo ran'], { TMPDIR: dir })).toEqual({ code: 1, stdout: '', stderr });
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  test('a required variable that is missing', async () => {
    const { code, stderr } = await runBroker(['true'], { FLUX_EXEC_PATH: undefined });
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'flux-broker: required environment variable FLUX_EXEC_PATH is not set\n' });
  });

  test('connectors and a PMI library need not be named', async () => {
    const { code, stderr } = await runBroker(['true'], { FLUX_CONNECTOR_PATH: undefined, FLUX_PMI_LIBRARY_PATH: undefined });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('-v says what it does', async () => {
    const { stderr } = await runBroker(['-v', '-v', 'true']);
    expect(stderr.replace(/[0-9.]+s/, 'TIME').split('\n')).toEqual([
      'flux-broker: boot: rank=0 size=1 time TIME',
      'flux-broker: parent: none',
      'flux-broker: child: none',
      ...['initializing modules', 'loading connector-local', 'entering event loop', 'exited event loop', 'cleaning up'].map(
        (text) => `flux-broker: ${text}`,
      ),
      '',
    ]);
  });
});

describe('bootstrap', () => {
  test('a signal ends it, and its run directory goes', async () => {
    const dir = fs.mkdtempSync(path.join(scratch, 'signal-'));
    let connect = (_: net.Socket) => {};
    const connected = new Promise<net.Socket>((resolve) => (connect = resolve));
    const server = net.createServer((socket) => connect(socket)); // a PMI server that never answers
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as net.AddressInfo;
    const broker = startBroker(['true'], { PMI_PORT: `127.0.0.1:${port}`, PMI_ID: '0', TMPDIR: dir });
    const socket = await connected;
    expect(fs.readdirSync(dir)).toHaveLength(1);
    broker.kill(signals.SIGTERM);
    expect(await broker.ended).toEqual({ code: 143, stdout: '', stderr: '' });
    expect(fs.readdirSync(dir)).toEqual([]);
    socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    ['tcp://nosuchif:1', 'tcp://127.0.0.1:1', 'h0', 'bind to tcp://nosuchif:1: No such device\nflux-broker: bootstrap failed'],
    [
      'tcp://192.0.2.1:1',
      'tcp://127.0.0.1:1',
      'h0',
      'bind to tcp://192.0.2.1:1: Cannot assign requested address\nflux-broker: bootstrap failed',
    ],
    ['nonsense', 'nonsense', 'h0', 'bind to nonsense: Invalid argument\nflux-broker: bootstrap failed'],
    ['nonsense', 'nonsense', 'h1', 'overlay.hello: connect to nonsense: Invalid argument'],
  ])('an endpoint that can not be used is named: bind %s, connect %s, on %s', async (bind, connect, host, lines) => {
    const dir = fs.mkdtempSync(path.join(scratch, 'endpoint-'));
    const cert = path.join(dir, 'cert');
    writeCertificate(cert, { ...curveKeyPair(), name: 'c' }, { hostname: 'h', userid: 0, time: new Date() });
    const hosts = `hosts = [{ host = "h[0-1]", bind = "${bind}", connect = "${connect}" }]`;
    fs.writeFileSync(path.join(dir, 'bootstrap.toml'), `[bootstrap]\ncurve_cert = "${cert}"\n${hosts}\n`);
    const ran = await runBroker(['-c', dir, 'true'], { FLUX_FAKE_HOSTNAME: host });
    expect(ran).toEqual({ code: 1, stdout: '', stderr: `flux-broker: ${lines}\n` });
  });
});

describe('curve_cert', () => {
  test.each([
    ['without hosts', ''],
    ['with one host', 'hosts = [{ host = "h0" }]'],
    ['with two hosts', 'hosts = [{ host = "h[0-1]", bind = "ipc:///x", connect = "ipc:///x" }]'],
  ])('%s is checked', async (_, hosts) => {
    const dir = fs.mkdtempSync(path.join(scratch, 'cert-'));
    const cert = path.join(dir, 'cert');
    fs.writeFileSync(path.join(dir, 'bootstrap.toml'), `[bootstrap]\ncurve_cert = "${cert}"\n${hosts}\n`);
    const refused = (text: string) => ({ code: 1, stdout: '', stderr: `flux-broker: ${cert}: ${text}\nflux-broker: bootstrap failed\n` });
    const boot = () => runBroker(['-c', dir, 'true'], { FLUX_FAKE_HOSTNAME: 'h0' });
    expect(await boot()).toEqual(refused('No such file or directory'));
    fs.writeFileSync(cert, 'nonsense\n', { mode: 0o600 });
    expect(await boot()).toEqual(refused('invalid CURVE certificate'));
    writeCertificate(cert, { ...curveKeyPair(), name: 'c' }, { hostname: 'h', userid: 0, time: new Date() });
    fs.chmodSync(cert, 0o644);
    expect(await boot()).toEqual(refused('readable by group/other'));
  });
});

describe('run levels', () => {
  test('the initial program gets the instance, and gives the exit code', async () => {
    const { code, stdout } = await runBroker(['echo $FLUX_URI; test -S "$(echo $FLUX_URI | cut -c9-)" && test -z "$PMI_FD" && exit 5'], {
      FLUX_JOB_ID: '1',
    });
    expect(code).toBe(5);
    expect(stdout).toMatch(/^local:\/\/\/tmp\/flux-\w{6}\/local-0\n$/);
    expect(fs.existsSync(path.dirname(stdout.trim().slice('local://'.length)))).toBe(false);
  });

  test('more words are a program and its arguments', async () => {
    expect(await runBroker(['printf', '%s,', 'a b', '$HOME'])).toEqual({ code: 0, stdout: 'a b,$HOME,', stderr: '' });
  });

  test('a program that does not exist is 127 from a shell and 1 without', async () => {
    expect((await runBroker(['/nonexistent/program'])).code).toBe(127);
    expect((await runBroker(['/nonexistent/program', 'x'])).code).toBe(1);
  });

  test('rc1, rc2, cleanup and rc3 run in this order', async () => {
    const file = path.join(scratch, 'order');
    const push = script(
      `await flux.rpc('runat.push', { name: 'cleanup', commands: ['echo cleanup >>${file}', 'echo first >>${file}; false'] });`,
    );
    const add = (word: string) => `echo ${word} >>${file}`;
    const { code, stderr } = await runBroker([`-Sbroker.rc1_path=${add('rc1')}`, `-Sbroker.rc3_path=${add('rc3')}`, ...push]);
    expect(fs.readFileSync(file, 'utf8').split('\n')).toEqual(['rc1', 'first', 'cleanup', 'rc3', '']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/broker\.err\[0\]: cleanup\.0: \/bin\/sh -c .* Exited \(rc=1\) \d+\.\ds/);
  });

  test('after a failure of rc1 there is only rc3', async () => {
    const file = path.join(scratch, 'failed');
    const { code, stderr } = await runBroker([
      '-Sbroker.rc1_path=echo broken >&2; exit 7',
      `-Sbroker.rc3_path=echo rc3 >>${file}`,
      `echo rc2 >>${file}`,
    ]);
    expect(code).toBe(7);
    expect(fs.readFileSync(file, 'utf8')).toBe('rc3\n');
    expect(stderr).toMatch(/rc1\.0: broken\n.*rc1\.0: \/bin\/sh -c .* Exited \(rc=7\)/);
  });

  test('the last level that fails gives the exit code', async () => {
    expect((await runBroker(['-Sbroker.rc3_path=exit 4', 'exit 3'])).code).toBe(4);
    expect((await runBroker(['exit 3'])).code).toBe(3);
  });

  test('the log has each state and its event', async () => {
    const dmesg = script(
      `for await (const line of { [Symbol.asyncIterator]: () => { const s = flux.stream('log.dmesg', { follow: false }); return { next: async () => { const m = await s.nextMessage(); return { done: !m, value: m?.text() }; } }; } }) console.log(line);`,
    );
    const { stdout } = await runBroker(dmesg);
    const states = [...stdout.matchAll(/ - - (\S+: \w+->\w+) /g)].map(([, text]) => text);
    expect(states).toEqual(['start: none->join', 'parent-none: join->init', 'rc1-none: init->quorum', 'quorum-full: quorum->run']);
  });
});

describe('signals', () => {
  test('end the initial program, which then counts as failed', async () => {
    const broker = startBroker(["trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"]);
    await broker.output('ready');
    broker.kill(signals.SIGTERM);
    const { code, stderr } = await broker.ended;
    expect(code).toBe(1);
    expect(stderr).toContain('aborted after exit with rc=0 (rc=1)');
  });

  test('a program that dies of it gives 128 + signal', async () => {
    const broker = startBroker(['echo ready; exec sleep 60']);
    await broker.output('ready');
    broker.kill(signals.SIGINT);
    expect((await broker.ended).code).toBe(128 + signals.SIGTERM);
  });

  test('end a broker without initial program', async () => {
    const broker = startBroker(['-Sbroker.rc2_none', '-Slog-stderr-level=6']);
    await broker.output('rc2-none: ignored in run');
    broker.kill(signals.SIGHUP);
    const { code, stderr } = await broker.ended;
    expect(code).toBe(0);
    expect(stderr).toMatch(/signal 1\n[^\n]*rc2-abort: run->cleanup/);
  });

  test('end rc1', async () => {
    const broker = startBroker(['-Slog-stderr-level=6', '-Sbroker.rc1_path=echo ready; exec sleep 60', 'true']);
    await broker.output('ready');
    broker.kill(signals.SIGTERM);
    expect((await broker.ended).code).toBe(128 + signals.SIGTERM);
  });
});

describe('what a plugin does wrong', () => {
  test('outside of its handlers ends the plugin, not the broker', async () => {
    const file = path.join(scratch, 'stray.ts');
    fs.writeFileSync(
      file,
      `import { defineModule } from 'flux';
export default defineModule({ name: 'stray', api: 1, main(m) {
  m.serve('timer', {}, () => { setTimeout(() => { throw new Error('raw timer'); }); return {}; });
  m.serve('promise', {}, () => { void Promise.reject(new Error('nobody cares')); return {}; });
} });\n`,
    );
    const body = (method: string) => `
      await flux.rpc('broker.insmod', { path: '${file}', args: [] });
      await flux.rpc('stray.${method}');
      for (;;) { const { mods } = await flux.rpc('broker.lsmod'); if (!mods.some((m) => m.name === 'stray')) break; }
      console.log('gone');`;
    for (const [method, text] of [
      ['timer', 'raw timer'],
      ['promise', 'nobody cares'],
    ] as const) {
      const { code, stdout, stderr } = await runBroker(script(body(method)));
      expect({ code, stdout }).toEqual({ code: 0, stdout: 'gone\n' });
      expect(stderr).toContain(`stray: uncaught exception: Error: ${text}`);
    }
  });
});

test('a panic ends the process at once', async () => {
  const { code, stderr } = await runBroker([...script(`flux.notify('broker.panic', { reason: 'no way', flags: 0 }); await flux.closed;`)]);
  expect(code).toBe(1);
  expect(stderr).toContain('PANIC: no way');
});

describe('configuration', () => {
  const folder = path.join(scratch, 'conf');
  beforeAll(() => fs.mkdirSync(folder));

  test('a syntax error names file and line', async () => {
    fs.writeFileSync(path.join(folder, 'a.toml'), 'x = 1\ny = = 2\n');
    const { code, stderr } = await runBroker(['-c', folder, 'true']);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`^flux-broker: Config file error: ${folder}/a\\.toml:2: `));
  });

  test('an [access] table that is wrong is an error in the log, and the broker goes on without clients', async () => {
    const folder = fs.mkdtempSync(path.join(scratch, 'access-'));
    fs.writeFileSync(path.join(folder, 'a.toml'), '[access]\nallow-guest-user = 3\n');
    const { code, stderr } = await runBroker(['-c', folder, 'test ! -e "$(echo $FLUX_URI | cut -c9-)"']);
    expect(stderr.replaceAll(/^\S+ /gm, '')).toBe(
      'connector-local.err[0]: error parsing [access] configuration: Expected true or false, got integer\n' +
        'connector-local.crit[0]: fatal error: Invalid argument\n',
    );
    expect(code).toBe(0);
  });

  test('later files replace whole tables, and a reload reads them again', async () => {
    fs.writeFileSync(path.join(folder, 'a.toml'), '[access]\nallow-guest-user = true\n[t]\na = 1\nb = 2.0\nwhen = 2021-12-06T19:31:05Z\n');
    fs.writeFileSync(path.join(folder, 'b.toml'), '[t]\nc = 9007199254740993\n');
    const body = `
      const fs = require('node:fs');
      await flux.rpc('config.reload');
      fs.writeFileSync('${folder}/b.toml', '[access]\\nallow-guest-user = 3\\n');
      await flux.rpc('config.reload').catch((e) => console.log(e.code, e.message));
      fs.writeFileSync('${folder}/b.toml', '[access]\\nnosuch = true\\n');
      await flux.rpc('config.reload').catch((e) => console.log(e.code, e.message));
      fs.writeFileSync('${folder}/b.toml', 'x');
      await flux.rpc('config.reload').catch((e) => console.log(e.code, e.message.replace(/b.toml:.*/, 'b.toml')));`;
    const { stdout, code } = await runBroker(['-c', folder, ...script(body)]);
    expect(stdout.split('\n')).toEqual([
      'EINVAL connector-local: error parsing [access] configuration: Expected true or false, got integer',
      'EINVAL connector-local: error parsing [access] configuration: 1 object item(s) left unpacked: nosuch',
      `EINVAL Config file error: ${folder}/b.toml`,
      '',
    ]);
    expect(code).toBe(0);
  });
});
