import { strftime } from '../../../core/formats/strftime';
import { inZone } from '../../support/zones';

const seconds = Date.UTC(2026, 6, 5, 22, 8, 9) / 1000;

test.each([
  ['UTC', 'Sun Jul  5 22:08:09 2026 +0000 UTC'],
  ['IST-5:30', 'Mon Jul  6 03:38:09 2026 +0530 IST'],
  ['NST3:30NDT,M3.2.0,M11.1.0', 'Sun Jul  5 19:38:09 2026 -0230 NDT'],
  ['CET-1CEST,M3.5.0,M10.5.0/3', 'Mon Jul  6 00:08:09 2026 +0200 CEST'],
  [':Europe/Berlin', 'Mon Jul  6 00:08:09 2026 +0200 CEST'],
  ['<+03>-3', 'Mon Jul  6 01:08:09 2026 +0300 +03'],
])('a time is shown in the zone %s', (zone, text) => expect(inZone(zone, () => strftime('%c %z %Z', seconds))).toBe(text));

test('or in UTC, when that is asked for', () => {
  expect(inZone('IST-5:30', () => strftime('%c %z %Z', seconds, { utc: true }))).toBe('Sun Jul  5 22:08:09 2026 +0000 GMT');
});
