import { jobCounts, progressBar, progressLine } from '../../../../cli/render/progress';
import { strftime } from '../../../../core/formats/strftime';

test('a bar fills in eighths', () => {
  expect(progressBar(0, 4)).toBe('    ');
  expect(progressBar(0.5, 4)).toBe('██  ');
  expect(progressBar(5 / 32, 4)).toBe('▋   ');
  expect(progressBar(2, 4)).toBe('████');
});
test('a progress line has the width asked for', () => {
  const before = jobCounts({ pending: 1, running: 2, completed: 3, failed: 0 }, 100);
  expect(before).toBe('PD:1   R:2   CD:3   F:0   ');
  const line = progressLine(before, { total: 100, done: 50, elapsed: 3725 }, 80);
  expect(line).toHaveLength(80);
  expect(line).toMatch(/│ 50\.0% 1:02:05$/);
  expect(progressLine('', { total: 10, done: 5, elapsed: 2 }, 60, true)).toMatch(/│ 50\.0% {2}2\.5 job\/s$/);
});
test('strftime knows the C locale', () => {
  expect(strftime('%c|%F %T|%j %U %W %V %G|%y %e %l%p|%z %Z|%%', 1600000000.5, { utc: true })).toBe(
    'Sun Sep 13 12:26:40 2020|2020-09-13 12:26:40|257 37 36 37 2020|20 13 12PM|+0000 GMT|%',
  );
});
