import fs from 'node:fs';
import path from 'node:path';
import {
  type DecodedEntry,
  decodeEventlog,
  defineModule,
  encodeEntry,
  type FluxError,
  isErrno,
  type JsonObject,
  jobKvsKey,
  Kvs,
  type RpcStream,
} from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';

/** Name that job-exec knows the hosts by. */
export const hostlist = 'alpha,beta';

export interface ExecOptions {
  size?: number;
  /** Arguments of the module. */
  args?: string[];
  config?: JsonObject;
  /** Answer to exec-hello. */
  hello?: FluxError;
}

/** A start request. */
export interface StartOptions {
  id?: bigint;
  userid?: number;
  /** Text of R; default: core 0 of `ranks`. `null`: there is none. */
  R?: object | string | null;
  ranks?: string;
  expiration?: number;
  /** The signed jobspec. */
  J?: string;
  /** attributes.system */
  system?: JsonObject;
  reattach?: boolean;
}

/** A response of job-exec.start. */
export interface ExecResponse {
  type: string;
  data: JsonObject;
}

/** An instance with job-exec, and a stand-in for the job manager: the test says itself which jobs start, and sees what it is answered. */
export class ExecInstance {
  #nextId = 1000n;
  #helloed: object[] = [];

  private constructor(readonly instance: TestInstance) {}

  static async start({ size = 1, args = [], config = {}, hello }: ExecOptions = {}): Promise<ExecInstance> {
    const instance = await testInstance({ size, modules: ['content'], config, attributes: { hostlist, 'conf.exec_path': '/nonexistent' } });
    const made = new ExecInstance(instance);
    try {
      await instance.load(0, 'content-sqlite');
      for (const module of ['kvs', 'kvs-watch']) for (let rank = 0; rank < size; rank++) await instance.load(rank, module);
      await instance.load(0, made.#jobManager(hello));
      await instance.load(0, 'job-exec', args);
    } catch (e) {
      await instance.stop();
      throw e;
    }
    return made;
  }

  stop(): Promise<void> {
    return this.instance.stop();
  }

  /** Payloads of exec-hello. */
  get helloed(): readonly object[] {
    return this.#helloed;
  }

  get log(): string[] {
    return this.instance.brokers[0]!.log.entries.map(String);
  }

  /** An executable shell script: what runs instead of the job shell. */
  script(text: string): string {
    const file = path.join(fs.mkdtempSync(path.join(this.instance.rundir, 'script-')), 'my-shell');
    fs.writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  }

  /** Asks job-exec to start a job, as the job manager would. */
  async job({
    id = this.#nextId++,
    userid = process.getuid!(),
    reattach = false,
    system = {},
    ...options
  }: StartOptions = {}): Promise<ExecJob> {
    const R = options.R === undefined ? simpleR(options.ranks ?? '0', options.expiration) : options.R;
    if (R !== null) await new Kvs(this.instance.flux).put(jobKvsKey(id, 'R'), typeof R === 'string' ? R : JSON.stringify(R));
    if (options.J !== undefined) await new Kvs(this.instance.flux).put(jobKvsKey(id, 'J'), options.J);
    const jobspec = { version: 1, attributes: { system } };
    return new ExecJob(this, id, this.instance.flux.stream<ExecResponse>('job-exec.start', { id, userid, jobspec, reattach }));
  }

  /** Runs a job and gives all it is answered. */
  async run(options: StartOptions = {}): Promise<{ answers: string[]; exec: DecodedEntry[]; id: bigint }> {
    const job = await this.job(options);
    const answers = await job.rest();
    return { answers, exec: await job.exec(), id: job.id };
  }

  /** A job of a shell script. */
  runScript(text: string, options: StartOptions = {}): ReturnType<ExecInstance['run']> {
    return this.run({ ...options, system: { ...options.system, exec: { job_shell: this.script(text) } } });
  }

  /** Writes the eventlog of a job that started some seconds ago. */
  async started(id: bigint, ago: number): Promise<void> {
    const line = encodeEntry({ timestamp: Date.now() / 1000 - ago, name: 'start' });
    await new Kvs(this.instance.flux).put(jobKvsKey(id, 'eventlog'), `${line}\n`);
  }

  /** What the job manager publishes for a raised exception. */
  async raise(id: bigint, severity = 0, type = 'cancel'): Promise<void> {
    await this.instance.flux.publish('job-exception', { id, type, severity }, { private: true });
  }

  #jobManager(hello: FluxError | undefined) {
    const made = this;
    return defineModule({
      name: 'job-manager',
      api: 1,
      main(m) {
        m.serve('exec-hello', {}, (payload) => {
          made.#helloed.push(payload);
          if (hello) throw hello;
        });
      },
    });
  }
}

/** A job in the hands of job-exec. */
export class ExecJob {
  readonly #seen: ExecResponse[] = [];

  constructor(
    readonly owner: ExecInstance,
    readonly id: bigint,
    readonly stream: RpcStream<ExecResponse>,
  ) {}

  get namespace(): string {
    return `job-${this.id}`;
  }

  /** Waits for a response of that type, and gives its data. */
  async answer(type: string): Promise<JsonObject> {
    for (;;) {
      const response = await this.next();
      if (response.type === type) return response.data;
    }
  }

  /** All responses, as `TYPE DATA`, up to the final release. */
  async rest(): Promise<string[]> {
    while (this.#seen.at(-1)?.type !== 'release') await this.next();
    return this.#seen.map(({ type, data }) => `${type} ${JSON.stringify(data)}`);
  }

  async next(): Promise<ExecResponse> {
    if (this.#seen.at(-1)?.type === 'release') throw new Error('the job is released');
    const { done, value } = await this.stream.next();
    if (done) throw new Error('the stream has ended');
    this.#seen.push(value);
    return value;
  }

  /** exec.eventlog as it stands in the primary namespace. */
  async exec(): Promise<DecodedEntry[]> {
    try {
      return decodeEventlog(await new Kvs(this.owner.instance.flux).getText(jobKvsKey(this.id, 'guest.exec.eventlog')));
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return [];
      throw e;
    }
  }

  /** Waits until a line of the shell has come into exec.eventlog. */
  async said(text: string): Promise<void> {
    const kvs = new Kvs(this.owner.instance.flux, { namespace: this.namespace });
    for await (const log of kvs.watch('exec.eventlog', { waitcreate: true, full: true })) if (log.text.includes(text)) return;
  }
}

export const released = 'release {"ranks":"all","final":true}';

function simpleR(ranks: string, expiration = 0): object {
  return { version: 1, execution: { R_lite: [{ rank: ranks, children: { core: '0' } }], starttime: 0, expiration, nodelist: [hostlist] } };
}
