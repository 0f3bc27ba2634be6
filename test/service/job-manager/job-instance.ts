import path from 'node:path';
import { type Flux, type JsonObject, jobIdFromJson, jobKvsKey, signNone } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { FakeExec } from './fake-exec';
import { FakeKvs } from './fake-kvs';
import { FakeSched } from './fake-sched';

export interface JobInstanceOptions {
  config?: JsonObject;
  /** Services that grant and run everything at once; default true. */
  services?: boolean;
  /** A KVS that has seen jobs already. */
  kvs?: FakeKvs;
  size?: number;
}

export interface SubmitOptions {
  urgency?: number;
  flags?: number;
  /** Merged into attributes.system. */
  system?: Record<string, unknown>;
  /** attributes.user */
  user?: Record<string, unknown>;
  /** Its first word is a wait status, `true`, `false`, or anything else for a job that runs until it is ended; default `true`. */
  command?: string[];
}

/** Root of the tree that tests run in: jobtap plugins are found there. */
export const modulePath = path.resolve(__dirname, '../../..');

/** An instance with the job manager, job-ingest, and fakes of what is around them. */
export class JobInstance {
  sched!: FakeSched;
  exec!: FakeExec;

  private constructor(
    readonly instance: TestInstance,
    readonly kvs: FakeKvs,
  ) {}

  static async start({ config = {}, services = true, kvs = new FakeKvs(), size = 1 }: JobInstanceOptions = {}): Promise<JobInstance> {
    const instance = await testInstance({ config, size, attributes: { 'conf.module_path': modulePath } });
    const jobs = new JobInstance(instance, kvs);
    try {
      await instance.load(0, kvs.module as never);
      await instance.load(0, 'job-manager');
      for (let rank = 0; rank < size; rank++) await instance.load(rank, 'job-ingest');
      if (services) await jobs.startServices();
    } catch (e) {
      await instance.stop();
      throw e;
    }
    return jobs;
  }

  get flux(): Flux {
    return this.instance.flux;
  }

  async startServices(): Promise<void> {
    this.sched = await FakeSched.start(await this.instance.open(), { grant: true });
    this.exec = await FakeExec.start(await this.instance.open());
    await this.sched.hello();
    await this.sched.ready();
  }

  async submit(options: SubmitOptions = {}): Promise<bigint> {
    const { urgency = 16, flags = 0 } = options;
    const { id } = await this.flux.rpc('job-ingest.submit', {
      J: signNone(process.getuid!(), JSON.stringify(jobspec(options))),
      urgency,
      flags,
    });
    return jobIdFromJson(id);
  }

  /** Lines of a job's eventlog as `NAME` or `NAME {CONTEXT}`. */
  eventlog(id: bigint): string[] {
    const text = this.kvs.text(jobKvsKey(id, 'eventlog')) ?? '';
    return text.split('\n').filter(Boolean).map(shown);
  }

  /** Resolves when the event is in the job's eventlog. */
  async event(id: bigint, name: string): Promise<void> {
    const posted = () => this.eventlog(id).some((line) => line === name || line.startsWith(`${name} `));
    const journal = this.flux.stream('job-manager.events-journal', { allow: { [name]: 1 } });
    for await (const { events } of journal as AsyncIterable<{ events: { id: unknown }[] }>) {
      if (events.some((event) => jobIdFromJson(event.id) === id)) break;
    }
    while (!posted()) await this.settled();
  }

  /** Resolves when all messages that are under way have been handled, and the commits that follow from them. */
  async settled(): Promise<void> {
    for (let i = 0; i < 4; i++) await this.flux.rpc('job-manager.getinfo');
    await this.flux.rpc('kvs.ping', { seq: 0, pad: '' });
  }

  async reloadManager(): Promise<void> {
    await this.instance.brokers[0]!.modules.remove('job-manager');
    await this.instance.load(0, 'job-manager');
  }

  async stop(): Promise<void> {
    await this.instance.stop();
  }
}

export function jobspec({ command = ['true'], system = {}, user }: SubmitOptions = {}): object {
  return {
    version: 1,
    resources: [{ type: 'slot', count: 1, label: 'task', with: [{ type: 'core', count: 1 }] }],
    tasks: [{ command, slot: 'task', count: { per_slot: 1 } }],
    attributes: { system: { duration: 0, cwd: '/tmp', environment: { PATH: '/bin' }, ...system }, ...(user ? { user } : {}) },
  };
}

/** An eventlog line without its time. */
export function shown(line: string): string {
  const { name, context } = JSON.parse(line);
  const text = context === undefined ? '' : ` ${/"context":(.*)\}$/.exec(line)![1]}`;
  return name + text;
}
