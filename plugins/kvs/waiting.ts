import type { FluxError, Request } from 'flux';

/** Requests that wait for transactions, by the transaction's name. A fence has several. */
export class Waiting {
  readonly #requests = new Map<string, Request[]>();

  add(name: string, request: Request): void {
    const waiting = this.#requests.get(name);
    if (waiting) waiting.push(request);
    else this.#requests.set(name, [request]);
  }

  /** Takes one request back; true if it was waiting. */
  remove(name: string, request: Request): boolean {
    const waiting = this.#requests.get(name) ?? [];
    const at = waiting.indexOf(request);
    if (at < 0) return false;
    waiting.splice(at, 1);
    if (waiting.length === 0) this.#requests.delete(name);
    return true;
  }

  /** Answers all that wait for these transactions. */
  complete(names: readonly string[], response: object): void {
    for (const request of this.#take(names)) request.respond(response);
  }

  fail(names: readonly string[], error: FluxError): void {
    for (const request of this.#take(names)) request.respondError(error);
  }

  failAll(error: FluxError): void {
    this.fail([...this.#requests.keys()], error);
  }

  get size(): number {
    let size = 0;
    for (const waiting of this.#requests.values()) size += waiting.length;
    return size;
  }

  #take(names: readonly string[]): Request[] {
    const taken: Request[] = [];
    for (const name of names) {
      taken.push(...(this.#requests.get(name) ?? []));
      this.#requests.delete(name);
    }
    return taken;
  }
}
