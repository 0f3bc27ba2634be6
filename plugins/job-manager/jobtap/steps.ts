/**
 * Runs steps that wait only where they must: up to the first promise that is yielded synchronously, and if none is, to the end. So a stack of
 * synchronous handlers is atomic, and one that waits is still written as one function.
 */
export function drive<T>(steps: Steps<T>): T | Promise<T> {
  const first = steps.next();
  return first.done ? first.value : goOn(steps, first.value);
}

/** A generator that yields what it has to wait for, and is resumed with what came of it. */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

async function goOn<T>(steps: Steps<T>, awaited: PromiseLike<unknown>): Promise<T> {
  for (let promise = awaited; ; ) {
    const step = await resume(steps, promise);
    if (step.done) return step.value;
    promise = step.value;
  }
}

async function resume<T>(steps: Steps<T>, promise: PromiseLike<unknown>): Promise<IteratorResult<PromiseLike<unknown>, T>> {
  let value: unknown;
  try {
    value = await promise;
  } catch (e) {
    return steps.throw(e);
  }
  return steps.next(value);
}
