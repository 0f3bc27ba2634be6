import { type Flux, jobIdFromJson, NO_RESPONSE, type Request } from '../../../core';

/** What the first word of a fake job's command does: a number is its wait status, others as named here; all else runs until it is ended. */
const statuses: Record<string, number> = { true: 0, false: 256 };

/** An exec service: ends jobs at once with the status their command names, and holding ones when the test, or a fatal exception, says so. */
export class FakeExec {
  readonly starts = new Map<bigint, Request>();
  /** Requests as they came: `start ID reattach=BOOL`. */
  readonly log: string[] = [];
  readonly #flux: Flux;
  readonly #auto: boolean;

  private constructor(flux: Flux, auto: boolean) {
    this.#flux = flux;
    this.#auto = auto;
  }

  static async start(flux: Flux, { auto = true, service = 'fake-exec' } = {}): Promise<FakeExec> {
    const exec = new FakeExec(flux, auto);
    await flux.register(service);
    flux.serve(`${service}.start`, {}, (_payload, request) => exec.#start(request));
    flux.serve(`${service}.disconnect`, {}, () => {
      exec.log.push('disconnect');
      return NO_RESPONSE;
    });
    await flux.subscribe('job-exception', (event) => exec.#exception(event.json()));
    await exec.hello(service);
    return exec;
  }

  async hello(service = 'fake-exec'): Promise<unknown> {
    return this.#flux.rpc('job-manager.exec-hello', { service });
  }

  respond(id: bigint, type: string, data: object = {}): void {
    this.starts.get(id)!.respond({ id, type, data });
  }

  /** Ends a job: finish, and the release of all. */
  finish(id: bigint, status: number): void {
    this.respond(id, 'finish', { status });
    this.respond(id, 'release', { ranks: 'all', final: true });
    this.starts.delete(id);
  }

  #start(request: Request): typeof NO_RESPONSE {
    const { id, reattach, jobspec } = request.json<{ id: unknown; reattach: boolean; jobspec: { tasks: { command: string[] }[] } }>();
    const job = jobIdFromJson(id);
    this.log.push(`start ${job} reattach=${reattach}`);
    this.starts.set(job, request);
    if (!this.#auto) return NO_RESPONSE;
    this.respond(job, reattach ? 'reattached' : 'start');
    const command = jobspec.tasks[0]!.command[0]!;
    const status = statuses[command] ?? Number(command);
    if (!Number.isNaN(status)) this.finish(job, status);
    return NO_RESPONSE;
  }

  #exception({ id, severity }: Record<string, unknown>): void {
    const job = jobIdFromJson(id);
    if (this.#auto && severity === 0 && this.starts.has(job)) this.finish(job, 36608);
  }
}
