import { type Flux, jobIdFromJson, NO_RESPONSE, type Request } from '../../../core';
import { AsyncQueue } from '../../../core/internal';

/** A service that a test plays by hand: its requests are read one by one, and answered by job id. */
export class RecordingService {
  readonly #requests = new AsyncQueue<Request>();
  readonly #byJob = new Map<string, Request>();

  private constructor(readonly flux: Flux) {}

  static async start(flux: Flux, name: string, methods: readonly string[]): Promise<RecordingService> {
    const service = new RecordingService(flux);
    await flux.register(name);
    for (const method of methods) {
      flux.serve(`${name}.${method}`, {}, (_payload, request) => {
        service.#requests.push(request);
        const id = request.message.payload ? request.json()['id'] : undefined;
        if (id !== undefined) service.#byJob.set(`${request.topic} ${jobIdFromJson(id)}`, request);
        return NO_RESPONSE;
      });
    }
    return service;
  }

  async next(): Promise<Request> {
    const { value } = await this.#requests.next();
    return value;
  }

  /** Responds to a request about a job, any number of times; to an unknown job through any request of that topic. */
  respond(topic: string, id: bigint, payload: object): void {
    const request = this.#byJob.get(`${topic} ${id}`) ?? [...this.#byJob.values()].find((other) => other.topic === topic)!;
    request.respond(payload);
  }
}
