import { startTimer } from './delay';

/** Whether the promise is fulfilled within so many milliseconds; rejects as it does. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let stop = () => {};
  const late = new Promise<boolean>((resolve) => {
    stop = startTimer(ms, () => resolve(false));
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    stop();
  }
}
