import { MAX_DELAY_MS } from './delay';

/** Whether the promise is fulfilled within so many milliseconds; rejects as it does. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    const wait = (left: number): void => {
      const now = Math.min(left, MAX_DELAY_MS);
      timer = setTimeout(() => (left > now ? wait(left - now) : resolve(false)), now);
    };
    wait(ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
