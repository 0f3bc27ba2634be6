import { AsyncQueue, type Request } from '../../handle';

/**
 * The responses of a streaming method that goes on until its sender is gone: what `first` gives, then every value that is pushed. `listen` gets where to
 * push and gives what ends it; it is called before `first`, so that nothing is missed between the two.
 */
export async function* following<T>(
  request: Request,
  listen: (push: (value: T) => void) => () => void,
  first: () => Iterable<T>,
): AsyncGenerator<T, void> {
  const pushed = new AsyncQueue<T>();
  const end = () => pushed.end();
  const unlisten = listen((value) => pushed.push(value));
  request.signal.addEventListener('abort', end);
  try {
    yield* first();
    yield* pushed;
  } finally {
    request.signal.removeEventListener('abort', end);
    unlisten();
  }
}
