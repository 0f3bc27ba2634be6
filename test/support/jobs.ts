import {
  createJobspec,
  type DecodedEntry,
  decodeEventlog,
  encodeJson,
  type Flux,
  isErrno,
  type JsonObject,
  jobKvsKey,
  Kvs,
} from '../../core';
import { watchEventlog } from '../../core/client/job-info';
import { submitJob } from '../../core/client/job-submit';
import type { TestInstance } from '../../core/testing';

/** A job to run. */
export interface JobOptions {
  command?: string[];
  ntasks?: number;
  nnodes?: number;
  cwd?: string;
  environment?: Record<string, string>;
  /** Shell options, as of `flux mini -o`. */
  options?: JsonObject;
  /** More of attributes.system. */
  system?: JsonObject;
  urgency?: number;
  flags?: number;
}

/** What is left of a job that is over. */
export interface JobEnd {
  id: bigint;
  /** Raw wait status of `finish`; undefined without one. */
  status: number | undefined;
  /** Eventlog of the job. */
  events: DecodedEntry[];
  /** exec.eventlog. */
  exec: DecodedEntry[];
  /** What its tasks printed. */
  stdout: string;
  stderr: string;
}

/** Submits jobs to an instance with all services, and follows them. */
export class Jobs {
  constructor(
    readonly instance: TestInstance,
    readonly flux: Flux = instance.flux,
  ) {}

  submit({ command = ['true'], environment, cwd = '/tmp', options, system, urgency, flags, ...rest }: JobOptions = {}): Promise<bigint> {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', ...environment };
    const jobspec = createJobspec({ command, cwd, environment: env, ...rest });
    Object.assign(jobspec.attributes.system, options ? { shell: { options } } : {}, system);
    return submitJob(this.flux, encodeJson(jobspec), {
      ...(urgency === undefined ? {} : { urgency }),
      ...(flags === undefined ? {} : { flags }),
    });
  }

  async run(options: JobOptions = {}): Promise<JobEnd> {
    return this.end(await this.submit(options));
  }

  /** Waits for an event of the job, and gives it. */
  event(id: bigint, name: string): Promise<DecodedEntry> {
    return this.#entry(id, 'eventlog', ({ name: other }) => other === name);
  }

  /** Waits for an event of exec.eventlog, and gives it. */
  async execEvent(id: bigint, name: string): Promise<DecodedEntry> {
    await this.event(id, 'start');
    return this.#entry(id, 'guest.exec.eventlog', ({ name: other }) => other === name);
  }

  /** Waits until the job's tasks have printed a text, and gives the whole line. */
  async printed(id: bigint, text: string): Promise<string> {
    await this.execEvent(id, 'shell.init');
    const data = (entry: DecodedEntry) => (entry.context as { data?: string } | undefined)?.data ?? '';
    return data(await this.#entry(id, 'guest.output', (entry) => data(entry).includes(text)));
  }

  /** Waits until the job is over. */
  async end(id: bigint): Promise<JobEnd> {
    await this.event(id, 'clean');
    const [events, exec, output] = await Promise.all(
      ['eventlog', 'guest.exec.eventlog', 'guest.output'].map((key) => this.#read(jobKvsKey(id, key))),
    );
    const finish = events!.find(({ name }) => name === 'finish')?.context as { status: number } | undefined;
    return {
      id,
      status: finish?.status,
      events: events!,
      exec: exec!,
      stdout: printed(output!, 'stdout'),
      stderr: printed(output!, 'stderr'),
    };
  }

  async #entry(id: bigint, log: string, wanted: (entry: DecodedEntry) => boolean): Promise<DecodedEntry> {
    for await (const entry of watchEventlog(this.flux, id, log)) if (wanted(entry)) return entry;
    throw new Error(`${log} of ${id} has ended without it`);
  }

  async #read(key: string): Promise<DecodedEntry[]> {
    try {
      return decodeEventlog(await new Kvs(this.flux).getText(key));
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return [];
      throw e;
    }
  }
}

/** Names of eventlog entries, with their context where there is one. */
export function shown(entries: readonly DecodedEntry[]): string[] {
  return entries.map(({ name, context }) => (context === undefined ? name : `${name} ${JSON.stringify(context)}`));
}

function printed(output: readonly DecodedEntry[], stream: string): string {
  const chunks = output.map(({ name, context }) => (name === 'data' ? (context as { stream: string; data?: string }) : undefined));
  return chunks.map((chunk) => (chunk?.stream === stream ? (chunk.data ?? '') : '')).join('');
}
