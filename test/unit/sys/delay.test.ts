import { OwnedResources } from '../../../core/plugin/owned';
import { MAX_DELAY_MS, startTimer } from '../../../core/sys/delay';

const DAY = 86_400_000;

afterEach(() => jest.useRealTimers());

test('a timer may be longer than those of Node', () => {
  jest.useFakeTimers();
  const fn = jest.fn();
  startTimer(60 * DAY, fn);
  jest.advanceTimersByTime(60 * DAY - 1);
  expect(fn).not.toHaveBeenCalled();
  jest.advanceTimersByTime(1);
  expect(fn).toHaveBeenCalledTimes(1);
});

test('a timer that is stopped is stopped in whichever of its parts', () => {
  jest.useFakeTimers();
  const fn = jest.fn();
  const stop = startTimer(60 * DAY, fn);
  jest.advanceTimersByTime(MAX_DELAY_MS + DAY);
  stop();
  startTimer(-5, fn)();
  jest.advanceTimersByTime(60 * DAY);
  expect(fn).not.toHaveBeenCalled();
});

test('timers of plugins may be as long', async () => {
  jest.useFakeTimers();
  const owned = new OwnedResources(() => {});
  const once = jest.fn();
  const again = jest.fn();
  owned.after(40 * DAY, once);
  owned.every(30 * DAY, again);
  jest.advanceTimersByTime(30 * DAY - 1);
  expect([once, again].map((fn) => fn.mock.calls.length)).toEqual([0, 0]);
  jest.advanceTimersByTime(30 * DAY + 1);
  expect([once, again].map((fn) => fn.mock.calls.length)).toEqual([1, 2]);
  await owned.dispose();
  jest.advanceTimersByTime(60 * DAY);
  expect(again).toHaveBeenCalledTimes(2);
});
