import { within } from '../../../core/sys/within';

const never = new Promise(() => {});

test('a promise that is fulfilled in time is, one that is not is not, one that is rejected rejects', async () => {
  expect(await within(60_000, Promise.resolve())).toBe(true);
  expect(await within(1, never)).toBe(false);
  await expect(within(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
});

test('a limit beyond what a timer of Node can wait is kept to', async () => {
  const delays: number[] = [];
  const { setTimeout } = globalThis;
  const spy = jest.spyOn(globalThis, 'setTimeout').mockImplementation(((fn: () => void, ms: number) => {
    delays.push(ms);
    return setTimeout(fn, 0);
  }) as typeof setTimeout);
  try {
    expect(await within(2 ** 31 + 9, never)).toBe(false);
  } finally {
    spy.mockRestore();
  }
  expect(delays).toEqual([2 ** 31 - 1, 10]);
});
