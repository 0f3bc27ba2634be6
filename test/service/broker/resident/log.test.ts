import fs from 'node:fs';
import path from 'node:path';
import type { Flux } from '../../../../core';
import { LogLevel } from '../../../../core/handle/log-entry';
import { Message } from '../../../../core/message';
import { type TestInstance, testInstance } from '../../../../core/testing';

let t: TestInstance;
const stderr: string[][] = [[], []];
beforeAll(async () => {
  t = await testInstance({ size: 2, stderr: (rank, line) => void stderr[rank]!.push(line) });
});
afterAll(() => t.stop());
beforeEach(async () => {
  for (const lines of stderr) lines.length = 0;
  for (const nodeid of [0, 1]) await t.flux.rpc('log.clear', undefined, { nodeid });
});

const entry = (level: number, rank: number | string, text: string) =>
  `<${level * 8}>1 2021-12-06T19:31:05.123456Z ${rank} app 42 - - ${text}`;
const set = (name: string, value: string, nodeid = 0) => t.flux.rpc('attr.set', { name, value }, { nodeid });
const append = (line: string, nodeid = 0) => t.flux.rpc('log.append', Buffer.from(line), { nodeid });

/** The stored lines of a rank, as log.dmesg gives them. */
async function dmesg(nodeid = 0): Promise<string[]> {
  const lines: string[] = [];
  const stream = t.flux.stream('log.dmesg', { follow: false }, { nodeid });
  for (let message = await stream.nextMessage(); message; message = await stream.nextMessage()) lines.push(message.text());
  return lines;
}

describe('log.append', () => {
  test('stores an entry of this rank as it is; dmesg gives it with a NUL, and ends with ENODATA', async () => {
    await append(entry(6, 0, 'hello  world '));
    expect(await dmesg()).toEqual([entry(6, 0, 'hello  world ')]);
  });

  test('is answered only with a matchtag', async () => {
    const answered: string[] = [];
    const flux = await t.open();
    flux.onUntaggedResponse = (response) => void answered.push(response.topic!);
    flux.send(Message.request('log.append', Buffer.from(entry(6, 0, 'quiet'))).enableRoutes());
    flux.send(Message.request('log.clear').enableRoutes());
    await flux.rpc('log.clear');
    expect(answered).toEqual(['log.clear']);
    flux.close();
  });

  test('of another rank is not stored, and shown on stderr by its severity', async () => {
    await append(entry(3, 1, 'bad'));
    await append(entry(4, 1, 'so so'));
    expect(await dmesg()).toEqual([]);
    expect(stderr[0]).toEqual(['2021-12-06T19:31:05.123456Z app.err[1]: bad']);
  });

  test('of what is no entry counts as info without rank, and is shown raw', async () => {
    await set('log-stderr-level', '6');
    await append('no entry at all');
    await append('<999>1 - - - - - - x');
    await set('log-stderr-level', '3');
    expect(await dmesg()).toEqual([]);
    expect(stderr[0]).toEqual(['no entry at all', '<999>1 - - - - - - x']);
  });

  test('above log-level stores nothing', async () => {
    await set('log-level', '4');
    await append(entry(4, 0, 'in'));
    await append(entry(5, 0, 'out'));
    await set('log-level', '7');
    expect(await dmesg()).toEqual([entry(4, 0, 'in')]);
  });
});

describe('entries of rank 1', () => {
  test('are stored there and forwarded to rank 0, which shows them', async () => {
    await append(entry(3, 1, 'bad'), 1);
    await append(entry(6, 1, 'fine'), 1);
    await t.flux.rpc('log.append', Buffer.from(entry(7, 0, 'after')), { nodeid: 0 });
    expect(await dmesg(1)).toEqual([entry(3, 1, 'bad'), entry(6, 1, 'fine')]);
    expect(stderr).toEqual([['2021-12-06T19:31:05.123456Z app.err[1]: bad'], []]);
  });

  test('that are critical are on both stderrs', async () => {
    await append(entry(2, 1, 'worse'), 1);
    await dmesg();
    expect(stderr).toEqual([['2021-12-06T19:31:05.123456Z app.crit[1]: worse'], ['2021-12-06T19:31:05.123456Z app.crit[1]: worse']]);
  });

  test('are not forwarded above log-forward-level', async () => {
    await set('log-forward-level', '2', 1);
    await append(entry(3, 1, 'kept'), 1);
    await set('log-forward-level', '7', 1);
    await dmesg();
    expect(stderr).toEqual([[], []]);
  });

  test('are shown there, without time, in mode local', async () => {
    await set('log-stderr-mode', 'local', 1);
    await append(entry(3, 1, 'mine'), 1);
    await set('log-stderr-mode', 'leader', 1);
    expect(stderr[1]).toEqual(['app.err[1]: mine']);
  });
});

test('the log file gets what rank 0 keeps or is sent, with time', async () => {
  const file = path.join(t.rundir, 'log');
  fs.writeFileSync(file, 'before\n');
  await set('log-filename', file);
  await append(entry(7, 0, 'own'));
  await append(entry(6, 1, 'other'), 1);
  await append(entry(6, '-', 'nobody'));
  await append('raw');
  await dmesg();
  expect(fs.readFileSync(file, 'utf8')).toBe(
    [
      'before',
      '2021-12-06T19:31:05.123456Z app.debug[0]: own',
      '2021-12-06T19:31:05.123456Z app.info[1]: other',
      '2021-12-06T19:31:05.123456Z app.info[-]: nobody',
      'raw',
      '',
    ].join('\n'),
  );
});

describe('log.dmesg', () => {
  async function next(stream: ReturnType<Flux['stream']>): Promise<string | undefined> {
    return (await stream.nextMessage())?.text();
  }

  test('follows with each new entry, and ends with its sender', async () => {
    await append(entry(6, 0, 'old'));
    const flux = await t.open();
    const stream = flux.stream('log.dmesg', { follow: true });
    expect(await next(stream)).toBe(entry(6, 0, 'old'));
    await append(entry(6, 0, 'new'));
    expect(await next(stream)).toBe(entry(6, 0, 'new'));
    await flux.rpc('log.clear');
    await append(entry(6, 0, 'newer'));
    expect(await next(stream)).toBe(entry(6, 0, 'newer'));
    flux.close();
    await expect(next(stream)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('can be cancelled: ENODATA', async () => {
    const stream = t.flux.stream('log.dmesg', { follow: true });
    await append(entry(6, 0, 'one'));
    expect(await next(stream)).toBe(entry(6, 0, 'one'));
    stream.cancel();
    expect(await next(stream)).toBeUndefined();
  });

  test('must be streaming, and needs to know whether to follow', async () => {
    await expect(t.flux.rpc('log.dmesg', { follow: false })).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
    await expect(t.flux.stream('log.dmesg', {}).next()).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
  });
});

describe('what a handle logs', () => {
  test('is cut into lines, bytes of 7 bits, names of 48 and lines of 2048 bytes', async () => {
    const flux = t.brokers[0]!.openHandle('n'.repeat(60));
    flux.log(LogLevel.info, 'one\r\n\ntwo é\n\n');
    flux.log(LogLevel.err, 'x'.repeat(3000));
    await flux.rpc('log.clear', undefined, { nodeid: 1 });
    const lines = await dmesg();
    expect(lines.map((line) => line.replace(/^(<\d+>1) \S+ (\S+) (\S+) \d+/, '$1 $2 $3'))).toEqual([
      `<48>1 0 ${'n'.repeat(48)} - - one`,
      `<48>1 0 ${'n'.repeat(48)} - - two C)`,
      expect.stringMatching(/^<24>1 0 n+ - - x+$/),
    ]);
    expect(lines[2]).toHaveLength(2048);
    expect(lines[0]).toMatch(/ \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z /);
    flux.close();
  });
});

test('a ring of 0 keeps nothing, and followers still hear', async () => {
  await set('log-ring-size', '0');
  const stream = t.flux.stream('log.dmesg', { follow: true });
  await append(entry(6, 0, 'heard'));
  expect((await stream.nextMessage())!.text()).toBe(entry(6, 0, 'heard'));
  await stream.return();
  expect(await dmesg()).toEqual([]);
  await set('log-ring-size', '1024');
});
