import { wallMilliseconds, wallSeconds } from '../../../core/sys/wall-clock';

afterEach(() => jest.restoreAllMocks());

test('times of a turn of the loop differ by less than a millisecond, never go back, and agree with Date.now()', () => {
  const before = Date.now();
  const times = Array.from({ length: 10_000 }, wallMilliseconds);
  const after = Date.now();
  expect(times).toEqual(times.toSorted((one, other) => one - other));
  expect(new Set(times).size).toBeGreaterThan(Math.max(2, after - before + 1));
  expect(times[0]).toBeGreaterThanOrEqual(before);
  expect(times.at(-1)).toBeLessThan(after + 1);
});

test('seconds have at most six digits', () => {
  for (let i = 0; i < 1000; i++) expect(String(wallSeconds())).toMatch(/^\d+(\.\d{1,6})?$/);
});

test.each([3_600_000, -3_600_000])('a clock that is set by %d ms is followed at once', (by) => {
  const real = Date.now.bind(Date);
  wallMilliseconds();
  jest.spyOn(Date, 'now').mockImplementation(() => real() + by);
  const set = wallMilliseconds();
  expect(Math.floor(set)).toBeGreaterThanOrEqual(real() + by - 1000);
  expect(set).toBeLessThan(real() + by + 1);
});
