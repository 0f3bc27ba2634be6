import fs from 'node:fs';
import path from 'node:path';
import cron from '../../../cli/commands/cron';
import { age, span } from '../../../cli/commands/cron/age';
import { listCron } from '../../../core/client/cron';
import { type TestInstance, testInstance } from '../../../core/testing';
import { runCli } from '../../support/command';
import { logLine } from '../../support/log-lines';

let t: TestInstance;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  t = await testInstance({ connectors: true });
  await t.load(0, 'cron', ['sync=heartbeat.pulse']);
  env = { FLUX_URI: t.uri(), PATH: process.env['PATH'] };
});
afterAll(() => t.stop());

const flux = (argv: string[], stdin = '') => runCli(cron, argv, { env, stdin, cwd: t.rundir });
const last = async () => (await listCron(t.flux)).at(-1)!;

describe('flux cron makes entries', () => {
  test('interval, with a unit, a name and a count', async () => {
    const { stdout, status } = await flux(['interval', '-c', '1', '-N', 'test', '-a', '2m', '1h', 'echo', 'a', 'b']);
    const entry = await last();
    expect({ stdout, status }).toEqual({ stdout: `interval: cron-${entry.id} created\n`, status: 0 });
    expect(entry).toMatchObject({ name: 'test', command: 'echo a b', repeat: 1, typedata: { interval: 3600, after: 120 } });
  });

  test('event, with all its options', async () => {
    const words = '-n 2 -a 3 -i 5s -d / -o rank=1,timeout=2.5,stop-on-failure=3 -E foo.bar cmd -c'.split(' ');
    const { stdout } = await flux(['event', ...words]);
    const entry = await last();
    expect(stdout).toBe(`event: cron-${entry.id} created\n`);
    expect(entry).toMatchObject({ name: 'cmd', command: 'cmd -c', rank: 1, timeout: 2.5 });
    expect(entry.typedata).toMatchObject({ topic: 'foo.bar', nth: 2, after: 3, min_interval: 5 });
  });

  test('tab, from standard input and from a file', async () => {
    const { stdout, status } = await flux(['tab'], '0 5 1 * * echo hi # a comment\n*/5 * * jan mon true\n');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^tab: cron-\d+ created: scheduled in \d+\.\d{3}s at \w{3} \w{3} +1 05:00:00 \d{4}\ntab: cron-\d+ created: scheduled in .*\n$/,
    );
    expect((await last()).typedata).toMatchObject({ minute: '0,5,10,15,20,25,30,35,40,45,50,55', month: '0', weekday: '1', second: '0' });
    fs.writeFileSync(path.join(t.rundir, 'crontab'), '1 2 3 4 5-7 from a file\n');
    expect(await flux(['tab', 'crontab'])).toMatchObject({ status: 0 });
    expect(await last()).toMatchObject({
      command: 'from a file',
      name: 'from',
      typedata: { month: '3', weekday: '0,5-6', days: 'either' },
    });
  });

  test('tab passes comments and blank lines over', async () => {
    const before = (await listCron(t.flux)).length;
    const { status, stdout } = await flux(['tab'], '# comment\n\n@daily one\n   \n  # more\n@hourly two');
    expect({ status, lines: stdout.split('\n').length - 1 }).toEqual({ status: 0, lines: 2 });
    expect((await listCron(t.flux)).slice(before).map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test('tab names the line that is none, and then makes nothing', async () => {
    const before = (await listCron(t.flux)).length;
    fs.writeFileSync(path.join(t.rundir, 'bad'), '# comment\n0 0 1 1 * true\n0 0 31 2 * never\n');
    const { status, stderr, stdout } = await flux(['tab', 'bad']);
    expect({ status, stderr, stdout }).toEqual({
      status: 1,
      stderr: 'flux-cron tab: bad:3: Failed to process crontab line: 0 0 31 2 * never: this date never comes\n',
      stdout: '',
    });
    expect(await listCron(t.flux)).toHaveLength(before);
  });

  test('at, a time that date(1) reads', async () => {
    const { stdout } = await flux(['at', 'tomorrow 12:30', 'true']);
    expect(stdout).toMatch(/^at: cron-\d+ created: scheduled in \d+\.\d{3}s at \w{3} \w{3} .. 12:30:00 \d{4}\n$/);
    expect(await last()).toMatchObject({ repeat: 1, typedata: { hour: '12', minute: '30', second: '0', weekday: '0-6' } });
  });

  test('at goes by the time, not by what the clock of another zone shows', async () => {
    const before = Date.now() / 1000;
    env['TZ'] = 'IST-5:30';
    const { stdout } = await flux(['at', '+1 hour', 'true']);
    delete env['TZ'];
    expect(Number(/scheduled in ([\d.]+)s/.exec(stdout)?.[1])).toBeCloseTo(3600, -1);
    const { typedata } = await last();
    expect(Number(typedata['next_wakeup'])).toBeGreaterThanOrEqual(Math.floor(before) + 3600);
    expect(Number(typedata['next_wakeup'])).toBeLessThan(Date.now() / 1000 + 3601);
  });

  test('at, a time that is past: the entry is stopped, and that is said', async () => {
    const { status, stderr } = await flux(['at', '@0', 'true']);
    const { id, stopped } = await last();
    expect({ status, stopped }).toEqual({ status: 1, stopped: true });
    expect(stderr).toBe(`flux-cron at: cron-${id}: stopped: this time is past\n`);
  });
});

test('flux cron list, dump, stop, start and delete show and control an entry', async () => {
  await flux(['event', '-N', 'shown', 'show.me', 'echo', 'shown']);
  const { id } = await last();
  const row = async () => (await flux(['list'])).stdout.split('\n').find((line) => line.startsWith(`${String(id).padStart(6)} `));
  expect((await flux(['list'])).stdout.split('\n')[0]).toBe(
    '    ID CMD/NAME        STATE        #RUNS            LASTRUN  STATUS            ',
  );
  expect(await row()).toBe(`${String(id).padStart(6)} shown           Active           0               None  None              `);
  await t.flux.publish('show.me');
  await logLine(t.flux, `deferring cron-${id} `);
  expect(await row()).toMatch(/Active {11}1 +None {2}Deferred/);
  await t.flux.publish('heartbeat.pulse');
  await logLine(t.flux, `cron-${id}[`, '"shown"');
  expect((await flux(['stop', String(id)])).stdout).toBe(`Stopped cron-${id}\n`);
  expect(await row()).toContain('Stopped');
  expect((await flux(['start', String(id)])).stdout).toBe(`Started cron-${id}\n`);
  const dump = (await flux(['dump', String(id)])).stdout.split('\n');
  expect(dump).toEqual(expect.arrayContaining([`id = ${id}`, 'command = "echo shown"', 'stopped = false', 'typedata.min_interval = 0.0']));
  expect(dump.some((line) => /^task\.1\.start-time = \d+\.\d+$/.test(line))).toBe(true);
  expect((await flux(['dump', '-k', 'name', String(id)])).stdout).toBe('shown\n');
  expect((await flux(['dump', '--key=nope', String(id)])).stdout).toBe('');
  expect((await flux(['delete', String(id)])).stdout).toMatch(
    new RegExp(`^Removed cron-${id}: shown( last ran .* for \\S+s| still running\\. Started .*)?\\n$`),
  );
  expect(await flux(['dump', String(id)])).toMatchObject({ status: 1, stderr: `flux-cron dump: cron-${id}: No such cron entry found\n` });
});

test('flux cron sync shows and sets the event that tasks wait for', async () => {
  expect((await flux(['sync'])).stdout).toBe('sync: sync to event "heartbeat.pulse" epsilon=0.015s.\n');
  expect((await flux(['sync', '-e', '2s', 'x.y'])).stdout).toBe('sync: sync to event "x.y" epsilon=2.000s.\n');
  expect((await flux(['sync', '--disable'])).stdout).toBe('sync: sync disabled.\n');
});

test.each([
  [[], 'Usage: flux-cron COMMAND'],
  [['frob'], "flux-cron: Unknown COMMAND `frob'\n"],
  [['interval', '1h'], 'flux-cron interval: INTERVAL and COMMAND required\n'],
  [['interval', '1x', 'true'], "flux-cron interval: Invalid duration '1x'\n"],
  [['event', 'topic'], 'flux-cron event: TOPIC and COMMAND args are required\n'],
  [['interval', '-o', 'timeout=x', '1h', 'true'], "flux-cron interval: Invalid value 'x' of option timeout\n"],
  [['interval', '-o', 'timeout', '1h', 'true'], "flux-cron interval: Invalid value '' of option timeout\n"],
  [['interval', '-o', 'rank=1.5', '1h', 'true'], "flux-cron interval: Invalid value '1.5' of option rank\n"],
  [['interval', '-o', 'rank=-1', '1h', 'true'], "flux-cron interval: Invalid value '-1' of option rank\n"],
  [['event', '-o', 'timeout=inf', 'x', 'true'], "flux-cron event: Invalid value 'inf' of option timeout\n"],
  [
    ['at', '-o', 'rank=0,nosuch=1', 'tomorrow', 'true'],
    "flux-cron at: Unknown option 'nosuch': one of timeout, rank, task-history-count, stop-on-failure\n",
  ],
  [['at', 'now'], 'flux-cron at: TIME and COMMAND args are required\n'],
  [['at', 'someday', 'true'], 'flux-cron at: Failed to parse datetime arg\n'],
  [['dump'], 'flux-cron dump: ID argument required\n'],
  [['stop'], 'Usage: flux-cron stop ID...\n'],
  [['stop', '999999'], 'flux-cron stop: No such file or directory\n'],
  [['list', '--frob'], "Unknown option `--frob'\n"],
])('flux cron %j fails with its text', async (argv, text) => {
  const { status, stderr } = await flux(argv);
  expect(status).toBe(1);
  expect(stderr).toContain(text);
});

test.each([
  [-5, 'in the future'],
  [1, 'a second ago'],
  [89.4, '89 seconds ago'],
  [100, 'a minute ago'],
  [3600, '60 minutes ago'],
  [5400, '1.5 hours ago'],
  [36 * 3600, '1.5 days ago'],
  [15 * 86_400, '2 weeks ago'],
  [100 * 86_400, '3 months ago'],
  [730 * 86_400, '2.0 years ago'],
])('%d seconds are %s', (seconds, text) => expect(age(1000, 1000 + seconds)).toBe(text));

test.each([
  [0.0015, '1.50ms'],
  [1.5, '1.500s'],
  [90, '1.500m'],
  [5400, '1.500h'],
  [129_600, '1.500d'],
])('a duration of %d seconds is %s', (seconds, text) => expect(span(seconds)).toBe(text));
