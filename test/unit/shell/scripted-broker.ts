import { Flux, FluxError, type JsonObject, Message, toFluxError } from '../../../core';
import { transportPair } from '../../../core/transport';

/** What a broker answers, by topic; a FluxError is the response's. What is not there is ENOSYS. */
export type Answers = Readonly<Record<string, (payload: JsonObject) => unknown>>;

/** A handle on a broker that answers by a script, and what was asked: topic and payload, in order. */
export function scriptedBroker(answers: Answers): { flux: Flux; asked: [topic: string, payload: JsonObject][]; lose(): void } {
  const [near, far] = transportPair();
  const asked: [string, JsonObject][] = [];
  const respond = (request: Message, errnum: number, payload: unknown) => {
    const response = Message.response(request, errnum, payload as object);
    response.rolemask = 1;
    far.send(response);
  };
  far.onMessage = (request) => {
    const payload = request.json() as JsonObject;
    asked.push([request.topic!, payload]);
    const answer = async () => {
      const found = answers[request.topic!];
      if (!found) throw new FluxError('ENOSYS');
      return found(payload);
    };
    answer().then(
      (result) => respond(request, 0, result ?? {}),
      (e) => respond(request, toFluxError(e).errnum, undefined),
    );
  };
  return { flux: new Flux(near), asked, lose: () => near.onClose(new FluxError('ECONNRESET')) };
}

/** A promise that is settled from outside. */
export function later<T>(): { promise: Promise<T>; resolve(value: T): void; reject(e: unknown): void } {
  let settle = { resolve: (_: T): void => {}, reject: (_: unknown): void => {} };
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, resolve: (value) => settle.resolve(value), reject: (e) => settle.reject(e) };
}
