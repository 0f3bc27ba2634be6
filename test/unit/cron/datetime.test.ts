import fs from 'node:fs';
import path from 'node:path';
import { isErrno } from '../../../core/sys/errors';
import { type FieldName, fieldNames, fieldSpecs, parseField } from '../../../plugins/cron/datetime/field';
import { type FieldSets, nextMatch } from '../../../plugins/cron/datetime/next';

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

let zone: string | undefined;
beforeAll(() => {
  zone = process.env['TZ'];
});
afterAll(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

describe('recorded datetime entries', () => {
  beforeEach(() => {
    process.env['TZ'] = 'UTC';
  });

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
      const found = nextMatch(parsed, Date.parse(`${now}Z`));
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
  const next = (zoneName: string, now: string, fields: Case['fields']) => {
    process.env['TZ'] = zoneName;
    const found = nextMatch(setsOf(fields), Date.parse(now));
    return found === undefined ? undefined : new Date(found).toISOString();
  };

  test('skips an hour that the clocks leave out, and takes both that they repeat', () => {
    const fields = { second: 0, minute: 30, hour: 2 };
    expect(next('Europe/Berlin', '2026-03-28T12:00:00Z', fields)).toBe('2026-03-30T00:30:00.000Z');
    expect(next('Europe/Berlin', '2026-10-25T00:00:00Z', fields)).toBe('2026-10-25T00:30:00.000Z');
    expect(next('Europe/Berlin', '2026-10-25T00:30:00Z', fields)).toBe('2026-10-25T01:30:00.000Z');
  });

  test('is in local time', () => {
    expect(next('America/New_York', '2026-07-01T00:00:00Z', { second: 0, minute: 0, hour: 12 })).toBe('2026-07-01T16:00:00.000Z');
  });

  test('is never the present second', () => {
    expect(next('UTC', '2026-07-01T00:00:00.000Z', {})).toBe('2026-07-01T00:00:01.000Z');
    expect(next('UTC', '2026-07-01T00:00:00.999Z', {})).toBe('2026-07-01T00:00:01.000Z');
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
