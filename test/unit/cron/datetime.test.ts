import fs from 'node:fs';
import path from 'node:path';
import { isErrno } from '../../../core/sys/errors';
import { localTime, timesOf } from '../../../core/sys/local-time';
import { type FieldName, fieldNames, fieldSpecs, parseField } from '../../../plugins/cron/datetime/field';
import { type FieldSets, nextMatch } from '../../../plugins/cron/datetime/next';
import { seededRandom } from '../../support/random';
import { inUtc, inZone } from '../../support/zones';

interface Case {
  now: string;
  fields: Partial<Record<FieldName, unknown>>;
  sets?: Partial<Record<FieldName, string>>;
  next?: string | null;
  errno?: string;
  wart?: true;
}

const golden = JSON.parse(fs.readFileSync(path.join(__dirname, '../../golden/sets.json'), 'utf8')) as {
  cron_datetime: { cases: Case[] };
};
const { cases } = golden.cron_datetime;
const setsOf = (fields: Case['fields']) =>
  Object.fromEntries(fieldNames.map((name) => [name, parseField(fieldSpecs[name], fields[name])])) as unknown as FieldSets;

describe('recorded datetime entries', () => {
  inUtc();

  test.each(cases.filter(({ errno, wart }) => errno && !wart).map((c) => [JSON.stringify(c.fields), c] as const))(
    '%s is refused',
    (_, { fields, errno }) => {
      expect(catching(() => setsOf(fields))).toBe(errno);
    },
  );

  test.each(cases.filter(({ sets, wart }) => sets && !wart).map((c) => [`${JSON.stringify(c.fields)} after ${c.now}`, c] as const))(
    '%s',
    (_, { now, fields, sets, next }) => {
      const parsed = setsOf(fields);
      for (const [name, text] of Object.entries(sets!)) expect(parsed[name as FieldName].encode()).toBe(text);
      const found = nextMatch({ sets: parsed, eitherDay: false }, Date.parse(`${now}Z`));
      expect(found === undefined ? null : new Date(found).toISOString().slice(0, 19)).toBe(next);
    },
  );
});

describe('fields of a datetime entry', () => {
  const minute = (value: unknown) => parseField(fieldSpecs.minute, value).encode();

  test('numbers are decimal, whatever they begin with', () => {
    expect(minute('08')).toBe('8');
    expect(minute('010')).toBe('10');
    expect(catching(() => minute('0x1F'))).toBe('EINVAL');
  });

  test('a step of 0, a number out of range, and what is no number are refused', () => {
    expect(catching(() => minute('*/0'))).toBe('EINVAL');
    expect(catching(() => parseField(fieldSpecs.weekday, '7'))).toBe('ERANGE');
    expect(catching(() => parseField(fieldSpecs.mday, '0'))).toBe('ERANGE');
    for (const value of ['', 'a', '1-', '-1', '1/', 1.5, true, null, []]) expect(catching(() => minute(value))).toBe('EINVAL');
  });

  test('steps count from the beginning of a range', () => expect(minute('5-30/10,*/30')).toBe('0,5,15,25,30'));
});

describe('the next match', () => {
  const next = (zone: string, now: string, fields: Case['fields'], eitherDay = false) => {
    const found = inZone(zone, () => nextMatch({ sets: setsOf(fields), eitherDay }, Date.parse(now)));
    return found === undefined ? undefined : new Date(found).toISOString().replace('.000Z', 'Z');
  };
  /** All matches after `from`, so many. */
  const series = (zone: string, from: string, fields: Case['fields'], count: number) => {
    const times: string[] = [];
    for (let at = from; times.length < count; at = times.at(-1)!) times.push(next(zone, at, fields)!);
    return times;
  };
  const zones = ['Europe/Berlin', 'CET-1CEST,M3.5.0,M10.5.0/3'];

  test.each(zones)('in %s: what the clocks leave out is made up for when they change', (zone) => {
    const daily = { second: 0, minute: 30, hour: 2 };
    expect(series(zone, '2026-03-27T12:00:00Z', daily, 3)).toEqual([
      '2026-03-28T01:30:00Z',
      '2026-03-29T01:00:00Z',
      '2026-03-30T00:30:00Z',
    ]);
    // once, however many there were; one that comes later is not moved
    expect(series(zone, '2026-03-29T00:00:00Z', { second: 0, minute: '*/10', hour: '2-3' }, 2)).toEqual([
      '2026-03-29T01:00:00Z',
      '2026-03-29T01:10:00Z',
    ]);
    expect(next(zone, '2026-03-29T00:00:00Z', { second: 0, minute: 0, hour: 3 })).toBe('2026-03-29T01:00:00Z');
  });

  test.each(zones)('in %s: what the clocks repeat runs once', (zone) => {
    const daily = { second: 0, minute: 30, hour: 2 };
    expect(series(zone, '2026-10-24T12:00:00Z', daily, 2)).toEqual(['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']);
    expect(next(zone, '2026-10-25T01:15:00Z', daily)).toBe('2026-10-26T01:30:00Z');
    expect(next(zone, '2026-10-25T00:45:00Z', { second: 0, minute: 0, hour: '2,3' })).toBe('2026-10-25T02:00:00Z');
  });

  test.each(zones)('in %s: an entry for every hour follows the clock as it goes', (zone) => {
    const hourly = { second: 0, minute: 30 };
    expect(series(zone, '2026-03-29T00:00:00Z', hourly, 3)).toEqual([
      '2026-03-29T00:30:00Z',
      '2026-03-29T01:30:00Z',
      '2026-03-29T02:30:00Z',
    ]);
    expect(series(zone, '2026-10-25T00:00:00Z', hourly, 3)).toEqual([
      '2026-10-25T00:30:00Z',
      '2026-10-25T01:30:00Z',
      '2026-10-25T02:30:00Z',
    ]);
  });

  test('is in local time', () => {
    expect(next('America/New_York', '2026-07-01T00:00:00Z', { second: 0, minute: 0, hour: 12 })).toBe('2026-07-01T16:00:00Z');
    expect(next('IST-5:30', '2026-07-01T00:00:00Z', { second: 0, minute: 0, hour: 12 })).toBe('2026-07-01T06:30:00Z');
  });

  test('is never the present second', () => {
    expect(next('UTC', '2026-07-01T00:00:00.000Z', {})).toBe('2026-07-01T00:00:01Z');
    expect(next('UTC', '2026-07-01T00:00:00.999Z', {})).toBe('2026-07-01T00:00:01Z');
  });

  test('comes, if it is years away', () => {
    const leapDay = { second: 0, minute: 0, hour: 0, mday: 29, month: 1 };
    expect(next('UTC', '2028-02-29T00:00:00Z', leapDay)).toBe('2032-02-29T00:00:00Z');
    expect(next('UTC', '2028-03-01T00:00:00Z', { ...leapDay, weekday: 2 })).toBe('2056-02-29T00:00:00Z');
    expect(next('UTC', '2028-03-01T00:00:00Z', { ...leapDay, mday: 30 })).toBeUndefined();
  });

  test('has both the day of month and the weekday, or either if that is asked for', () => {
    const friday13 = { second: 0, minute: 0, hour: 0, mday: 13, weekday: 5 };
    expect(next('UTC', '2026-11-22T00:00:00Z', friday13)).toBe('2027-08-13T00:00:00Z');
    expect(next('UTC', '2026-11-22T00:00:00Z', friday13, true)).toBe('2026-11-27T00:00:00Z');
    expect(next('UTC', '2026-12-11T00:00:00Z', friday13, true)).toBe('2026-12-13T00:00:00Z');
  });

  test('passes nothing over but what the clocks have shown before', () => {
    const random = seededRandom();
    const pick = <T>(items: readonly T[]): T => items[random(items.length)]!;
    for (let i = 0; i < 200; i++) {
      const zone = pick(['UTC', ...zones, 'Australia/Lord_Howe', 'NST3:30NDT,M3.2.0,M11.1.0']);
      const now = pick(['2026-03-29T00:00:00Z', '2026-10-24T22:00:00Z', '2026-04-04T13:00:00Z', '2026-11-01T01:00:00Z']);
      const sets = setsOf({ second: 0, minute: pick([0, 30, '*/15', '7']), hour: pick([undefined, 2, '1-3', '*/2', 23]) });
      inZone(zone, () => {
        const found = nextMatch({ sets, eitherDay: false }, Date.parse(now))!;
        for (let time = Date.parse(now) / 1000 + 60; time * 1000 < found; time += 60) {
          const clock = localTime(time);
          if (sets.hour.has(clock.hour) && sets.minute.has(clock.minute)) expect(timesOf(clock)[0]).toBeLessThan(time);
        }
      });
    }
  });
});

function catching(fn: () => unknown): string | undefined {
  try {
    fn();
    return undefined;
  } catch (e) {
    return (['EINVAL', 'ERANGE', 'EPROTO'] as const).find((code) => isErrno(e, code));
  }
}
