import { AttrFlag, Attributes } from '../../../core/broker/attributes';
import { BrokerLog } from '../../../core/broker/log';
import { LogLevel } from '../../../core/handle/log-entry';
import { FluxError } from '../../../core/sys/errors';

test('flags decide what a client may do', async () => {
  const attributes = new Attributes();
  attributes.add('fixed', '1', AttrFlag.immutable);
  attributes.add('shown', null, AttrFlag.readonly);
  attributes.add('free', 'x');
  await expect(attributes.set('fixed', '2')).rejects.toMatchObject({ code: 'EPERM' });
  await expect(attributes.set('shown', '2')).rejects.toMatchObject({ code: 'EPERM' });
  await attributes.set('free', 'y');
  await attributes.set('new', 'z');
  expect(attributes.get('new')).toEqual({ value: 'z', flags: 0 });
  expect(() => attributes.remove('fixed')).toThrow(FluxError);
  attributes.remove('free');
  attributes.remove('nosuch');
  expect(attributes.names).toEqual(['fixed', 'shown', 'new']);
});

test('a preset value stands, and an active attribute may refuse it', async () => {
  const attributes = new Attributes();
  attributes.add('a', '5');
  expect(attributes.addDefault('a', '1', AttrFlag.immutable)).toBe('5');
  expect(attributes.get('a')).toEqual({ value: '5', flags: 1 });
  attributes.add('log-level', '9');
  const log = new BrokerLog({ rank: 0, forward: () => {}, stderr: () => {} });
  await expect(log.addAttributes(attributes)).rejects.toMatchObject({ code: 'EINVAL' });
});

describe('log attributes', () => {
  const attributes = new Attributes();
  const stderr: string[] = [];
  const log = new BrokerLog({ rank: 0, forward: () => {}, stderr: (line) => void stderr.push(line) });
  beforeAll(() => log.addAttributes(attributes));

  test('levels are 0 to 7; text that is no number reads as 0', async () => {
    await attributes.set('log-level', 'x');
    expect(attributes.value('log-level')).toBe('0');
    await attributes.set('log-level', '7');
    await expect(attributes.set('log-level', '8')).rejects.toMatchObject({ code: 'EINVAL' });
    await expect(attributes.set('log-stderr-mode', 'both')).rejects.toMatchObject({ code: 'EINVAL' });
  });

  test('the ring keeps the newest', async () => {
    await attributes.set('log-ring-size', '3');
    for (let i = 0; i < 5; i++) log.log(LogLevel.info, `line ${i}`);
    expect(log.entries.map((line) => line.slice(-6))).toEqual(['line 2', 'line 3', 'line 4']);
    expect(attributes.value('log-ring-used')).toBe('3');
    expect(attributes.value('log-count')).toBe('5');
    await attributes.set('log-ring-size', '1');
    expect(log.entries).toHaveLength(1);
    log.clear();
    expect(attributes.value('log-ring-used')).toBe('0');
    expect(attributes.value('log-count')).toBe('5');
  });

  test('errors go to stderr with their rank', () => {
    log.log(LogLevel.err, 'bad');
    log.log(LogLevel.warning, 'only a warning');
    expect(stderr).toHaveLength(1);
    expect(stderr[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z broker\.err\[0\]: bad$/);
  });

  test('an entry of another rank is not stored but shown', () => {
    const before = log.entries.length;
    log.append('<24>1 2021-12-06T19:31:05.123456Z 3 kvs 1 - - hello');
    expect(log.entries).toHaveLength(before);
    expect(stderr.at(-1)).toBe('2021-12-06T19:31:05.123456Z kvs.err[3]: hello');
  });
});
