import path from 'node:path';
import { type DecodedEntry, decodeEventlog, defineModule, encodeEntry, FluxError, isErrno, Kvs } from '../../../core';
import { JobShell } from '../../../core/shell/job/shell';
import { runShell } from '../../../core/shell/run';
import type { ShellOptions } from '../../../core/shell/shell-options';
import { builtinStack } from '../../../core/shell/stack/builtins';
import { type TestInstance, testInstance } from '../../../core/testing';
import { simpleR } from '../../unit/shell/standalone';

const root = path.join(__dirname, '../../..');

export interface JobRequest {
  /** Default: the next one. */
  id?: bigint;
  jobspec: object;
  /** Default: two cores on each rank. */
  R?: object;
  env?: Record<string, string>;
  options?: Partial<ShellOptions>;
  /** Called when a shell raises an exception, before it is answered. */
  onRaise?(job: RunningJob): void;
  /** Called when the shells have been started. */
  during?(job: RunningJob): Promise<void> | void;
}

/** What a job left. */
export interface JobResult {
  /** Exit codes by shell rank. */
  codes: number[];
  stdout: string;
  stderr: string;
  exec: DecodedEntry[];
  output: DecodedEntry[];
  input: DecodedEntry[];
  exceptions: object[];
  /** What tasks printed, by stream and rank. */
  printed: Record<'stdout' | 'stderr', Record<string, string>>;
}

/** An instance with what shells need, and stand-ins for the job services. */
export class ShellInstance {
  #nextId = 1000n;
  readonly #jobs = new Map<bigint, RunningJob>();

  private constructor(readonly instance: TestInstance) {}

  static async start(size = 1): Promise<ShellInstance> {
    const instance = await testInstance({
      size,
      modules: ['content'],
      attributes: { 'instance-level': '0', 'conf.pmi_library_path': '/opt/flux/lib/libpmi.so' },
    });
    const made = new ShellInstance(instance);
    await instance.load(0, 'content-sqlite');
    for (const module of ['kvs', 'kvs-watch', 'barrier']) for (let rank = 0; rank < size; rank++) await instance.load(rank, module);
    await instance.load(0, made.#jobInfo());
    await instance.load(0, made.#jobManager());
    return made;
  }

  stop(): Promise<void> {
    return this.instance.stop();
  }

  /** Runs a job: a shell per rank of R, all in this process. */
  async run(request: JobRequest): Promise<JobResult> {
    const R = request.R ?? simpleR({ core: '0-1' }, this.instance.brokers.length > 1 ? `0-${this.instance.brokers.length - 1}` : '0');
    const job = new RunningJob(this, request.id ?? this.#nextId++, { ...request, R });
    this.#jobs.set(job.id, job);
    const kvs = new Kvs(this.instance.flux);
    await kvs.createNamespace(job.namespace);
    try {
      return await job.finish();
    } finally {
      this.#jobs.delete(job.id);
      await kvs.removeNamespace(job.namespace);
    }
  }

  #jobInfo() {
    const jobs = this.#jobs;
    const find = (id: unknown) => {
      const job = jobs.get(BigInt(id as number));
      if (!job) throw new FluxError('ENOENT');
      return job;
    };
    return defineModule({
      name: 'job-info',
      api: 1,
      main(m) {
        m.serve('lookup', { roles: ['user'] }, ({ id }) => {
          const { jobspec, R } = find(id).request;
          return { id, jobspec: typeof jobspec === 'string' ? jobspec : JSON.stringify(jobspec), R: JSON.stringify(R) };
        });
        m.serveStream('eventlog-watch', { roles: ['user'] }, async function* ({ id, path: log }, request) {
          const job = find(id);
          if (log === 'eventlog') {
            for await (const line of job.watchEventlog(request.signal)) yield { event: line };
            return;
          }
          const kvs = new Kvs(m.flux, { namespace: job.namespace });
          const watch = kvs.watch(String(log).replace('guest.', ''), { waitcreate: true, append: true });
          request.signal.addEventListener('abort', () => void watch.return?.());
          for await (const result of watch) for (const { text } of decodeEventlog(result.text)) yield { event: `${text}\n` };
        });
        m.serve('eventlog-watch-cancel', { roles: ['user'] }, () => ({}));
      },
    });
  }

  #jobManager() {
    const jobs = this.#jobs;
    return defineModule({
      name: 'job-manager',
      api: 1,
      main(m) {
        m.serve('raise', { roles: ['user'] }, ({ id, ...exception }) => {
          jobs.get(BigInt(id as number))?.raise(exception);
        });
      },
    });
  }
}

export class RunningJob {
  readonly namespace: string;
  readonly shells: JobShell[] = [];
  readonly exceptions: object[] = [];
  readonly #lines: string[] = [];
  #wake: (() => void)[] = [];
  #stdout = '';
  #stderr = '';

  constructor(
    readonly owner: ShellInstance,
    readonly id: bigint,
    readonly request: JobRequest & { R: object },
  ) {
    this.namespace = `job-${id}`;
  }

  get service(): string {
    return `${process.getuid!()}-shell-${this.id}`;
  }

  async finish(): Promise<JobResult> {
    const kvs = new Kvs(this.owner.instance.flux, { namespace: this.namespace });
    const ranks = this.owner.instance.brokers.map((_, rank) => rank).filter((rank) => this.#uses(rank));
    const running = Promise.all(ranks.map((rank) => this.#runShell(rank)));
    const [codes] = await Promise.all([running, this.request.during?.(this)]);
    const [exec, output, input] = await Promise.all([entriesOf(kvs, 'exec.eventlog'), entriesOf(kvs, 'output'), entriesOf(kvs, 'input')]);
    return {
      codes,
      stdout: this.#stdout,
      stderr: this.#stderr,
      exec,
      output,
      input,
      exceptions: this.exceptions,
      printed: printed(output),
    };
  }

  /** Writes an event to the job's main eventlog. */
  post(name: string, context: object = {}): void {
    this.#lines.push(`${encodeEntry({ timestamp: 1, name, context: context as never })}\n`);
    for (const wake of this.#wake.splice(0)) wake();
  }

  raise(exception: object): void {
    this.exceptions.push(exception);
    this.request.onRaise?.(this);
    this.post('exception', exception);
  }

  async *watchEventlog(signal: AbortSignal): AsyncGenerator<string> {
    for (let i = 0; !signal.aborted; ) {
      while (i < this.#lines.length) yield this.#lines[i++]!;
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #uses(rank: number): boolean {
    const { R_lite } = (this.request.R as ReturnType<typeof simpleR>).execution;
    return R_lite.some(({ rank: ids }) => ids.split(',').some((part) => within(part, rank)));
  }

  async #runShell(rank: number): Promise<number> {
    const stack = builtinStack(path.join(root, 'shell-plugins'), (line) => {
      this.#stderr += `HOST: ${line}\n`;
    });
    const shell = new JobShell(
      {
        jobid: this.id,
        env: { LANG: 'C.UTF-8', FLUX_KVS_NAMESPACE: this.namespace, FLUX_URI: 'local:///nowhere', ...this.request.env },
        userid: process.getuid!(),
        hostname: `host${rank}`,
        cwd: '/tmp',
        standalone: false,
        verbose: 0,
        paths: { plugins: path.join(root, 'no-plugins'), initrc: path.join(root, 'initrc/initrc.lua'), lua: path.join(root, 'initrc/lua') },
        stdout: (data) => {
          this.#stdout += data.toString();
        },
        stderr: (text) => {
          this.#stderr += text;
        },
        open: () => this.owner.instance.open(rank),
        ...this.request.options,
      },
      stack,
    );
    this.shells.push(shell);
    try {
      return await runShell(shell);
    } finally {
      stack.dispose();
    }
  }
}

/** Resolves when the shells of a job have begun: kill and stdin reach them. */
export function started(job: RunningJob): Promise<void> {
  return execEvent(job, 'shell.start');
}

/** Resolves when exec.eventlog has this event. */
export async function execEvent(job: RunningJob, name: string): Promise<void> {
  const watch = new Kvs(job.owner.instance.flux, { namespace: job.namespace }).watch('exec.eventlog', { waitcreate: true, full: true });
  for await (const { text } of watch) if (text.includes(`"${name}"`)) return;
}

async function entriesOf(kvs: Kvs, key: string): Promise<DecodedEntry[]> {
  try {
    return decodeEventlog(await kvs.getText(key));
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return [];
    throw e;
  }
}

function within(part: string, rank: number): boolean {
  const [first, last = first] = part.split('-').map(Number) as [number, number?];
  return rank >= first && rank <= last;
}

function printed(output: readonly DecodedEntry[]): JobResult['printed'] {
  const all: JobResult['printed'] = { stdout: {}, stderr: {} };
  for (const { name, context } of output) {
    if (name !== 'data') continue;
    const { stream, rank, data = '' } = context as { stream: 'stdout' | 'stderr'; rank: string; data?: string };
    all[stream][rank] = (all[stream][rank] ?? '') + data;
  }
  return all;
}
