import { defineShellPlugin, FluxError, type JsonObject, type Shell } from '../../../core';
import { ConnectedShell, connect } from '../../../core/shell/job/connected';
import { DescribedShell, describe as readJobspec } from '../../../core/shell/job/described';
import { beginService, type LearnedShell, learn } from '../../../core/shell/job/learned';
import { initialize, settleIn } from '../../../core/shell/job/running';
import { JobShell } from '../../../core/shell/job/shell';
import type { ShellOptions } from '../../../core/shell/shell-options';
import { hostLog } from '../../../core/shell/stack/builtins';
import { instantiate, PluginStack } from '../../../core/shell/stack/stack';
import { later, scriptedBroker } from './scripted-broker';
import { simpleJobspec, simpleR } from './standalone';

const twoShells = {
  'attr.get': ({ name }: JsonObject) => ({ value: name === 'rank' ? '3' : `the broker's ${String(name)}`, flags: 1 }),
  'local.sub': () => ({}),
  'job-info.lookup': () => ({
    jobspec: JSON.stringify(simpleJobspec(['true'], { ntasks: 3, options: { color: 'red' } })),
    R: JSON.stringify(simpleR({ core: '0-1' }, '2-3')),
  }),
  'service.add': () => ({}),
};

const stacks: PluginStack[] = [];
const shells: JobShell[] = [];
afterEach(async () => {
  for (const shell of shells.splice(0)) await shell.dispose();
  for (const stack of stacks.splice(0)) stack.dispose();
});

/** A shell whose broker answers by a script, and what the shell logs. */
function shellAt(answers: Parameters<typeof scriptedBroker>[0], options: Partial<ShellOptions> = {}, setup?: (shell: PluginStack) => void) {
  const broker = scriptedBroker(answers);
  const lines: string[] = [];
  const stack = new PluginStack(hostLog((line) => void lines.push(line)));
  setup?.(stack);
  const shell = new JobShell(
    {
      jobid: 7n,
      env: {},
      userid: 1000,
      hostname: 'h',
      cwd: '/',
      standalone: false,
      verbose: 0,
      paths: { plugins: '/default/plugins', initrc: '/default/initrc.lua', lua: '/default/lua' },
      stdout: () => {},
      stderr: (text) => void lines.push(text),
      open: async () => broker.flux,
      ...options,
    },
    stack,
  );
  stacks.push(stack);
  shells.push(shell);
  return { shell, lines, ...broker };
}

const learned = async (shell: JobShell): Promise<LearnedShell> => learn(await readJobspec(await connect(shell)));

describe('a shell connects', () => {
  test('by asking at once, in the order of the contract, all that every shell asks', async () => {
    const answer = later<object>();
    const { shell, asked } = shellAt({
      'attr.get': () => answer.promise,
      'local.sub': () => ({}),
      'job-info.lookup': () => answer.promise,
    });
    const connecting = connect(shell);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked.slice(0, 5)).toEqual([
      ['attr.get', { name: 'rank' }],
      ['local.sub', { topic: 'shell-7.' }],
      ['job-info.lookup', { id: 7, keys: ['R', 'jobspec'], flags: 0 }],
      ['attr.get', { name: 'conf.shell_pluginpath' }],
      ['attr.get', { name: 'conf.shell_initrc' }],
    ]);
    answer.resolve({ value: '5', flags: 1 });
    expect((await connecting).brokerRank).toBe(5);
  });

  test('without asking for what it is given', async () => {
    const given = { brokerRank: 2, readR: () => '{}', readJobspec: () => '{}' };
    const { shell, asked } = shellAt({ 'local.sub': () => ({}) }, given);
    const { brokerRank, questions } = await connect(shell);
    expect({ brokerRank, lookup: await questions.lookup }).toEqual({ brokerRank: 2, lookup: {} });
    expect(asked.map(([topic]) => topic)).not.toContain('job-info.lookup');
  });

  test('and takes the installation’s paths where the broker knows none', async () => {
    const none = ({ name }: JsonObject) => {
      if (name === 'conf.shell_initrc') throw new FluxError('ENOENT');
      return { value: '1', flags: 1 };
    };
    const { shell } = shellAt({ ...twoShells, 'attr.get': none });
    expect(await (await connect(shell)).questions.paths).toEqual({ plugins: '1', initrc: '/default/initrc.lua' });
  });

  test('and ends when its broker goes', async () => {
    const { shell, lose } = shellAt(twoShells);
    await connect(shell);
    lose();
    await expect(shell.ending.dead).rejects.toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/^lost connection to the broker: /),
    });
  });

  test('and leaves no handle open if it was ended while it got one', async () => {
    const handle = later<never>();
    const { shell, flux } = shellAt({}, { open: () => handle.promise });
    const connecting = connect(shell);
    const end = shell.abandon(137);
    await shell.dispose();
    handle.resolve(flux as never);
    await expect(connecting).rejects.toBe(end);
    expect(await flux.closed).toBeUndefined();
  });
});

describe('a shell learns its job', () => {
  test('from the answer that it has asked for', async () => {
    const { shell } = shellAt(twoShells);
    const { rank, isLeader, isAlone, service, info, jobspecInfo } = await learned(shell);
    expect({ rank, isLeader, isAlone, service }).toEqual({ rank: 1, isLeader: false, isAlone: false, service: '1000-shell-7' });
    expect(info).toMatchObject({ jobid: 7n, rank: 1, size: 2, ntasks: 3, options: { verbose: 0, standalone: false } });
    expect(jobspecInfo).toEqual({ version: 1, ntasks: 3, nslots: 3, cores_per_slot: 1, nnodes: -1, slots_per_node: -1 });
  });

  test('only where it is: a broker that R does not name has no shell', async () => {
    const { shell, lines } = shellAt(twoShells, { brokerRank: 9 });
    await expect(learned(shell)).rejects.toMatchObject({ name: 'ShellExit', exitCode: 1 });
    expect(lines).toEqual([expect.stringContaining('ERROR: error fetching rankinfo for rank 9')]);
  });

  test('and reads no R before it has read a jobspec', async () => {
    const readR = jest.fn(() => '{}');
    const { shell } = shellAt(twoShells, { readJobspec: () => 'no JSON', readR });
    await expect(learned(shell)).rejects.toMatchObject({ message: expect.stringMatching(/^error parsing jobspec: /) });
    expect(readR).not.toHaveBeenCalled();
  });

  test('and has the service of that name when the broker has added it, until its end', async () => {
    const { shell, asked } = shellAt({ ...twoShells, 'service.remove': () => ({}) });
    await beginService(await learned(shell));
    expect(asked.at(-1)).toEqual(['service.add', { service: '1000-shell-7' }]);
    await shell.dispose();
    expect(asked.at(-1)).toEqual(['service.remove', { service: '1000-shell-7' }]);
  });
});

describe('options of a job', () => {
  test('are set, read and deleted; one that is not set can’t be deleted', async () => {
    const { shell } = shellAt(twoShells);
    const described = await readJobspec(await connect(shell));
    expect(described.getopt('color')).toBe('red');
    described.setopt('color', undefined);
    expect(described.getopt('color')).toBeUndefined();
    expect(() => described.setopt('color', undefined)).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(described.getopt('toString')).toBeUndefined();
  });

  test('that were asked for before the job was known are not unknown', async () => {
    const { shell, lines } = shellAt(twoShells);
    expect(shell.getopt('color')).toBeUndefined();
    (await readJobspec(await connect(shell))).warnOfUnknownOptions();
    expect(lines).toEqual([]);
  });
});

describe('between shells', () => {
  test('requests go to the broker where the shell of a rank is', async () => {
    const { shell, asked } = shellAt({ ...twoShells, '1000-shell-7.ping': (payload) => payload });
    expect(await (await learned(shell)).rpc('ping', 0, { a: 1 })).toEqual({ a: 1 });
    expect(asked.at(-1)).toEqual(['1000-shell-7.ping', { a: 1 }]);
  });

  test.each([-1, 2, 0.5])('there is none of rank %d', async (rank) => {
    const { shell } = shellAt(twoShells);
    await expect((await learned(shell)).rpc('ping', rank)).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('a method’s topic is shorter than 128 bytes', async () => {
    const { shell } = shellAt(twoShells);
    const place = await learned(shell);
    const longest = 'x'.repeat(127 - '1000-shell-7.'.length);
    expect(() => place.serve(`${longest}x`, () => {})).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    place.serve(longest, () => {})();
  });
});

test('a signal is the process’s until the shell has settled in, the plugins’ afterwards', async () => {
  const signals: unknown[] = [];
  const watcher = defineShellPlugin({
    name: 'watcher',
    api: 1,
    setup(s) {
      s.on('signal', (_, { signum }) => void signals.push(signum));
    },
  });
  const { shell } = shellAt(twoShells, {}, (stack) => stack.add(instantiate(watcher, { log: stack.log })));
  const place = await learned(shell);
  expect(shell.deliverSignal(15)).toBe(false);
  settleIn(place);
  expect(shell.deliverSignal(15)).toBe(true);
  expect(signals).toEqual([15]);
});

test('a shell alone is initialized while its tasks may start: what was begun is waited for later', async () => {
  const alone = {
    ...twoShells,
    'job-info.lookup': () => ({ jobspec: JSON.stringify(simpleJobspec(['true'])), R: JSON.stringify(simpleR()) }),
  };
  const commit = later<void>();
  const { shell, asked } = shellAt({ ...alone, 'kvs.commit': () => ({}) }, { brokerRank: 0 });
  const place = await learned(shell);
  shell.host.initialized(commit.promise);
  const asking = jest.fn();
  const running = await initialize(place, asking);
  expect(asking).toHaveBeenCalledTimes(1);
  const initialized = running.initialized();
  commit.reject(new FluxError('ENOSPC'));
  await expect(initialized).rejects.toMatchObject({ message: 'shell_init: No space left on device' });
  expect(asked.map(([topic]) => topic)).toContain('kvs.commit');
});

test('each state is all of those before it', async () => {
  const { shell, flux } = shellAt(twoShells);
  const place = await learned(shell);
  expect(place).toBeInstanceOf(DescribedShell);
  expect(place).toBeInstanceOf(ConnectedShell);
  expect([place.shell, place.flux, place.brokerRank]).toEqual([shell, flux, 3]);
});

describe('a plugin that is called before the shell has come so far', () => {
  const tooEarly: [string, (shell: Shell) => unknown][] = [
    ['flux', (shell) => shell.flux],
    ['info', (shell) => shell.info],
    ['jobspecInfo', (shell) => shell.jobspecInfo],
    ['rankInfo', (shell) => shell.rankInfo()],
    ['getenv', (shell) => shell.getenv('PATH')],
    ['environ', (shell) => shell.environ()],
    ['setenv', (shell) => shell.setenv('A', 'b')],
    ['setopt', (shell) => shell.setopt('color', 'blue')],
    ['serve', (shell) => shell.serve('x', () => {})],
  ];

  test.each(tooEarly)('gets EINVAL from %s', (_, ask) => {
    const { shell } = shellAt(twoShells);
    expect(() => ask(shell.views.of('p'))).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  });

  test('has the parts that are there from the start', () => {
    const { shell } = shellAt(twoShells);
    const view = shell.views.of('p');
    view.addEventContext('shell.init', { early: true });
    view.aux.set('a', 1);
    expect([view.getopt('color'), view.tasks, view.currentTask, view.aux.get('a')]).toEqual([undefined, [], undefined, 1]);
    expect(shell.contexts.of('shell.init')).toEqual({ early: true });
    expect(view.host).toMatchObject({ hostname: 'h', cwd: '/', namespace: 'job-7' });
  });

  test('sees the same view later, which has it all', async () => {
    const { shell, flux } = shellAt(twoShells);
    const view = shell.views.of('p');
    await learned(shell);
    expect(shell.views.of('p')).toBe(view);
    expect(view.flux).toBe(flux);
    expect(view.info.rank).toBe(1);
    expect(view.getopt('color')).toBe('red');
  });
});
