import { Dispatcher } from '../../../core/handle/dispatcher';

/** Notes every topic that is served in this process while it is on. */
export class ServedTopics {
  readonly topics = new Set<string>();
  readonly #originals = { ...methodsOf() };

  /** From here on topics are noted; the result ends it. */
  start(): () => void {
    const prototype = Dispatcher.prototype as unknown as Record<string, (topic: string | { topic: string }, ...rest: unknown[]) => unknown>;
    const { topics } = this;
    for (const [name, original] of Object.entries(this.#originals)) {
      prototype[name] = function (topic, ...rest) {
        topics.add(typeof topic === 'string' ? topic : topic.topic);
        return original.call(this, topic, ...rest);
      };
    }
    return () => void Object.assign(prototype, this.#originals);
  }
}

type Serve = (topic: string | { topic: string }, ...rest: unknown[]) => unknown;

function methodsOf(): Record<string, Serve> {
  const { serve, serveStream, serveMethod } = Dispatcher.prototype as unknown as Record<string, Serve>;
  return { serve: serve!, serveStream: serveStream!, serveMethod: serveMethod! };
}
