import { JobState, type JsonObject, type JsonValue } from '../../../core';
import { Call, cutText } from '../../../plugins/job-manager/jobtap/call';
import { dependenciesOf } from '../../../plugins/job-manager/jobtap/dependencies';
import { matchesListed, sameListed } from '../../../plugins/job-manager/jobtap/find';
import { drive, type Steps } from '../../../plugins/job-manager/jobtap/steps';
import { jobIn } from './jobs';

describe('steps that may wait', () => {
  function* sum(...parts: (number | Promise<number>)[]): Steps<number> {
    let total = 0;
    for (const part of parts) total += typeof part === 'number' ? part : ((yield part) as number);
    return total;
  }

  test('are run at once where nothing waits', () => {
    expect(drive(sum(1, 2, 3))).toBe(6);
  });

  test('go on when what they wait for is there', async () => {
    const result = drive(sum(1, Promise.resolve(2), 3, Promise.resolve(4)));
    expect(result).toBeInstanceOf(Promise);
    expect(await result).toBe(10);
  });

  test('see a rejection as an exception, and may catch it', async () => {
    function* careful(): Steps<string> {
      try {
        yield Promise.reject(new Error('no'));
        return 'unreachable';
      } catch (e) {
        yield Promise.resolve();
        return (e as Error).message;
      }
    }
    expect(await drive(careful())).toBe('no');
    await expect(drive(sum(Promise.reject(new Error('lost'))))).rejects.toThrow('lost');
  });
});

describe('a call over the stack', () => {
  test('merges what handlers return, key by key', () => {
    const call = new Call('job.new');
    call.fold({ priority: 1, annotations: { a: 1 } });
    call.fold(undefined);
    call.fold({ priority: 2 });
    expect(call.out).toEqual({ priority: 2, annotations: { a: 1 } });
    call.set({ errmsg: 'x' }, { replace: true });
    expect(call.out).toEqual({ errmsg: 'x' });
    call.fold('unavailable');
    expect(call.out).toEqual({ errmsg: 'x', priority: 'unavailable' });
    expect(() => call.fold(5)).toThrow('returned 5, where an object or nothing is expected');
  });

  test('rejects with a text of its own, or the default, cut at 1023 bytes', () => {
    const call = new Call('job.validate');
    call.plugin = 'limits.js';
    expect(() => call.reject()).toThrow("rejected by job-manager plugin 'limits.js'");
    expect(() => call.reject('too many')).toThrow('too many');
    expect(call.out).toEqual({ errmsg: 'too many' });
    expect(cutText('x'.repeat(1023))).toHaveLength(1023);
    expect(cutText('x'.repeat(1024))).toBe(`${'x'.repeat(1022)}+`);
    expect(cutText('ä'.repeat(600))).toBe(`${'ä'.repeat(511)}+`);
  });

  test('shows an event with plain numbers', () => {
    const call = new Call('job.event.memo', { event: { timestamp: 1.5, name: 'memo', context: { a: 1 } } });
    expect(call.entry).toEqual({ timestamp: 1.5, name: 'memo', context: { a: 1 } });
    expect(new Call('job.new').entry).toBeUndefined();
  });
});

describe('names of plugins', () => {
  test.each([
    ['all', 'limits.js', true],
    ['all', '.begin-time', false],
    ['*', 'limits.js', true],
    ['*', '.begin-time', false],
    ['.*', '.begin-time', true],
    ['.*', 'limits.js', false],
    ['limits.js', 'limits.js', true],
    ['limits.so', 'limits.js', true],
    ['limits', 'limits.ts', true],
    ['perilog.so', 'perilog.so', true],
    ['perilog', 'perilog.so', true],
    ['peri*.so', 'perilog', true],
    ['lim', 'limits.js', false],
    ['.begin-time', '.begin-time', true],
    ['begin-time', '.begin-time', false],
  ])('%s means %s: %s', (pattern, listed, expected) => {
    expect(matchesListed(pattern, listed)).toBe(expected);
  });

  test('with different endings mean the same plugin', () => {
    expect([sameListed('a.so', 'a.ts'), sameListed('a.so', 'b.so'), sameListed('.a', '.a')]).toEqual([true, false, true]);
  });
});

describe('dependencies of a jobspec', () => {
  const listed = (jobspec: JsonObject) => dependenciesOf(jobIn(JobState.NEW, { jobspec }));
  const withList = (dependencies: JsonValue) => listed({ attributes: { system: { dependencies } } });

  test('are an array of objects with a scheme', () => {
    expect(withList([{ scheme: 'a', value: '1', extra: 2 }])).toEqual([{ scheme: 'a', value: '1', extra: 2 }]);
    expect([withList([]), listed({ attributes: {} }), listed({ attributes: { system: {} } })]).toEqual([[], [], []]);
  });

  test.each([
    ['unable to unpack dependencies: ', () => listed({})],
    ['dependencies object must be an array', () => withList({})],
    ['dependency[1] missing string scheme', () => withList([{ scheme: 'a' }, { value: 'x' }])],
    ['dependency[0] missing string scheme', () => withList([{ scheme: 5 }])],
    [`rejecting absurdly long dependency scheme: ${'s'.repeat(120)}`, () => withList([{ scheme: 's'.repeat(120) }])],
  ])('are refused: %s', (text, act) => {
    expect(act).toThrow(text);
  });
});
