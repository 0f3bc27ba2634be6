import { type ClockTime, localStamp, localTime, offsetChange, timesOf, zoneName } from '../../../core/sys/local-time';
import { inZone } from '../../support/zones';

const utc = (text: string): number => Date.parse(`${text}Z`) / 1000;
const clock = (text: string): ClockTime => {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = text.split(/\D/).map(Number);
  return { year, month: month - 1, day, hour, minute, second };
};

describe('local time is that of the zone in TZ, as tzset(3) reads it', () => {
  test.each([
    ['UTC', '2026-11-30T22:00:00', 'UTC'],
    ['IST-5:30', '2026-12-01T03:30:00', 'IST'],
    ['<+03>-3', '2026-12-01T01:00:00', '+03'],
    ['NST3:30NDT,M3.2.0,M11.1.0', '2026-11-30T18:30:00', 'NST'],
    ['Europe/Berlin', '2026-11-30T23:00:00', 'CET'],
    [':Europe/Berlin', '2026-11-30T23:00:00', 'CET'],
    ['America/New_York', '2026-11-30T17:00:00', 'EST'],
    ['XXX+0:00:07', '2026-11-30T21:59:53', 'XXX'],
  ])('%s', (zone, shown, name) => {
    const seconds = utc('2026-11-30T22:00:00');
    expect(inZone(zone, () => [localStamp(seconds), zoneName(seconds)])).toEqual([shown, name]);
  });

  test.each(['CET-1CEST,M3.5.0,M10.5.0/3', 'Europe/Berlin'])('%s has summer time in summer', (zone) => {
    const [winter, summer] = inZone(zone, () => [localTime(utc('2026-12-24T12:00:00')), localTime(utc('2026-07-14T12:00:00.9'))]);
    expect(winter).toEqual({ ...clock('2026-12-24T13:00:00'), weekday: 4, yearday: 357, offset: 3600, isdst: false });
    expect(summer).toEqual({ ...clock('2026-07-14T14:00:00'), weekday: 2, yearday: 194, offset: 7200, isdst: true });
  });

  test('a change of TZ is seen at once', () => {
    expect(inZone('AAA-1', () => localTime(0).hour)).toBe(1);
    expect(inZone('BBB-2', () => localTime(0).hour)).toBe(2);
  });

  test('times before the epoch, and far from it', () => {
    expect(inZone('UTC', () => localStamp(-1.5))).toBe('1969-12-31T23:59:58');
    expect(inZone('UTC', () => localStamp(253_402_300_799))).toBe('9999-12-31T23:59:59');
    expect(() => localTime(1e300)).toThrow('Value too large for defined data type');
    expect(() => localTime(Number.NaN)).toThrow('Value too large for defined data type');
  });
});

describe('the times at which clocks show something', () => {
  const times = (zone: string, text: string) =>
    inZone(zone, () => timesOf(clock(text)).map((s) => new Date(s * 1000).toISOString().slice(0, 19)));

  test.each(['Europe/Berlin', 'CET-1CEST,M3.5.0,M10.5.0/3'])('in %s: one, none in the hour left out, two in the one repeated', (zone) => {
    expect(times(zone, '2026-06-01T02:30:00')).toEqual(['2026-06-01T00:30:00']);
    expect(times(zone, '2026-03-29T02:30:00')).toEqual([]);
    expect(times(zone, '2026-10-25T02:30:00')).toEqual(['2026-10-25T00:30:00', '2026-10-25T01:30:00']);
    expect(times(zone, '2026-03-29T03:00:00')).toEqual(['2026-03-29T01:00:00']);
  });

  test('none on a date that is none', () => {
    expect(times('UTC', '2026-04-31T00:00:00')).toEqual([]);
    expect(times('UTC', '2027-02-29T00:00:00')).toEqual([]);
  });

  test('none on a day that a zone left out', () => {
    expect(times('Pacific/Apia', '2011-12-30T12:00:00')).toEqual([]);
    expect(times('Pacific/Apia', '2011-12-31T12:00:00')).toEqual(['2011-12-30T22:00:00']);
  });
});

test('the second in which clocks change is found', () => {
  const change = (from: string, to: string) => inZone('Europe/Berlin', () => offsetChange(utc(from), utc(to)));
  expect(change('2026-03-28T12:00:00', '2026-03-30T12:00:00')).toBe(utc('2026-03-29T01:00:00'));
  expect(change('2026-10-25T00:59:59', '2026-10-25T01:00:00')).toBe(utc('2026-10-25T01:00:00'));
  expect(change('2026-06-01T00:00:00', '2026-06-08T00:00:00')).toBeUndefined();
});
