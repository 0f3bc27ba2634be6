import { eventTime, wallClock } from '../../../core/sys/wall-clock';

describe('the clock of events', () => {
  afterEach(() => jest.restoreAllMocks());

  test('keeps the order of what happens in the same millisecond, and does not leave it', () => {
    jest.spyOn(Date, 'now').mockReturnValue(1_700_000_000_123);
    const times = Array.from({ length: 100 }, wallClock);
    expect(times.toSorted((a, b) => a - b)).toEqual(times);
    expect(times[0]).toBe(1_700_000_000_123);
    expect(times.at(-1)).toBeGreaterThan(times[0]!);
    expect(Math.floor(times.at(-1)!)).toBe(times[0]);
    expect(Math.floor(eventTime())).toBe(1_700_000_000);
  });
});
