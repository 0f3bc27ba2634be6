/** The longest delay of a timer of Node, in milliseconds (24 days): a longer one would be over at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** Calls `fn` after any number of milliseconds, unless the function it gives is called before. Below 0 is 0; infinite is never. */
export function startTimer(ms: number, fn: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (left: number): void => {
    const now = Math.min(Math.max(left, 0), MAX_DELAY_MS);
    timer = setTimeout(() => (left > now ? wait(left - now) : fn()), now);
  };
  wait(ms);
  return () => clearTimeout(timer);
}
