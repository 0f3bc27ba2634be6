import { FluxError } from '../../../core';
import { LoggedError } from '../../../core/shell/errors';
import { Ending } from '../../../core/shell/job/ending';
import { EventContexts } from '../../../core/shell/job/event-contexts';
import { Initialization } from '../../../core/shell/job/initialization';
import { ShellLog } from '../../../core/shell/log';

function logged() {
  const lines: string[] = [];
  const stderr = (text: string) => void lines.push(text.trimEnd());
  const log = new ShellLog({ stderr, rank: () => 0, standalone: true, verbose: 0, dispatch: () => true, setLevel: () => true });
  return { log, lines };
}

describe('the end of a shell', () => {
  test('has the first reason that was given, which is logged once', async () => {
    const { log, lines } = logged();
    const ending = new Ending(log);
    expect(() => ending.check()).not.toThrow();
    expect(() => ending.die('first', 3, {})).toThrow('first');
    expect(() => ending.die('second', 4, {})).toThrow('first');
    expect(() => ending.check()).toThrow('first');
    await expect(ending.dead).rejects.toMatchObject({ exitCode: 3 });
    expect(lines).toEqual(['flux-shell: FATAL: first']);
  });

  test('that nobody is told of raises no exception', async () => {
    const { log, lines } = logged();
    const ending = new Ending(log);
    expect(ending.abandon(143)).toMatchObject({ exitCode: 143 });
    await expect(ending.dead).rejects.toBe(ending.fatal);
    expect([ending.takeException(), lines]).toEqual([false, []]);
  });

  test('raises one exception of the job', () => {
    const ending = new Ending(logged().log);
    expect([ending.takeException(), ending.takeException()]).toEqual([true, false]);
  });
});

describe('what belongs to initialization', () => {
  test('is waited for, and what has failed of it is logged and told', async () => {
    const { log, lines } = logged();
    const initialization = new Initialization(log, new Ending(log));
    const lost = new FluxError('ENOSPC');
    initialization.add(Promise.reject(lost));
    initialization.add(Promise.resolve());
    initialization.add(Promise.reject(new LoggedError('was logged')));
    expect(await initialization.settle()).toEqual([lost, expect.any(LoggedError)]);
    expect(lines).toEqual(['flux-shell: ERROR: No space left on device']);
  });

  test('does not matter to a shell that has to end', async () => {
    const { log } = logged();
    const ending = new Ending(log);
    const initialization = new Initialization(log, ending);
    initialization.add(Promise.resolve());
    const end = ending.abandon(1);
    await expect(initialization.settle()).rejects.toBe(end);
  });
});

test('contexts of events are merged, later keys win; other events have none', () => {
  const contexts = new EventContexts();
  contexts.add('shell.init', { a: 1, b: 1 });
  contexts.add('shell.init', { b: 2 });
  expect([contexts.of('shell.init'), contexts.of('shell.start')]).toEqual([{ a: 1, b: 2 }, {}]);
  expect(() => contexts.add('shell.exit', {})).toThrow(expect.objectContaining({ code: 'EINVAL' }));
  expect(() => contexts.add('toString', {})).toThrow(expect.objectContaining({ code: 'EINVAL' }));
});

describe('the log of a shell', () => {
  test('says where its own code has said it, what it says of thrown errors not', () => {
    const lines: string[] = [];
    const stderr = (text: string) => void lines.push(text.trimEnd());
    const log = new ShellLog({ stderr, rank: () => 0, standalone: true, verbose: 1, dispatch: () => true, setLevel: () => true });
    log.warn('here');
    log.guard(() => {
      throw new FluxError('EIO');
    })();
    expect(lines).toEqual([
      expect.stringMatching(/^flux-shell: {2}WARN: parts\.test\.\w+:\d+: here$/),
      'flux-shell: ERROR: Input/output error',
    ]);
  });

  test('reports what a promise rejects with, too, and not what was logged already', async () => {
    const { log, lines } = logged();
    log.guard(async () => {
      throw new LoggedError('known');
    })();
    const failing = Promise.reject(new FluxError('EIO'));
    log.guard(() => failing)();
    await expect(failing).rejects.toThrow();
    expect(lines).toEqual(['flux-shell: ERROR: Input/output error']);
  });
});
