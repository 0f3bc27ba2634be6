import {
  type BlobHash,
  blobrefOf,
  decodeEventlog,
  decodeJson,
  defineModule,
  errorText,
  FluxError,
  Hostlist,
  isErrno,
  type JsonObject,
  jobExec,
  jobKvsKey,
  jobManager,
  Kvs,
  type ModuleContext,
  NO_RESPONSE,
  type ReadBy,
  type Request,
  t,
} from 'flux';
import { createDir, encodeSortedJson, encodeTreeobj, serviceName } from 'flux/internal';
import { BulkLauncher, mockExceptionOf } from './bulk';
import { type ExecSettings, execArguments, readSettings } from './config';
import { ExecJob, type JobHost, type StartRequest } from './job';
import { ExecFailure, type Launcher, type LauncherEvents } from './launcher';
import { readTestConf, TestLauncher } from './testexec';

const CHECKPOINT_KEY = 'job-exec.kvs-namespaces';

/** Runs the shells of jobs for the job manager (docs/protocol/job-exec.md). Rank 0. */
export default defineModule({
  serves: jobExec,
  api: 1,
  args: execArguments,
  reads: ['exec.kill-timeout', 'exec.job-shell', 'exec.imp'],
  needs: ['kvs', 'job-manager'],
  async main(m) {
    const service = new ExecService(m, await readSettings(m));
    await service.open();
    await m.subscribe(jobManager.jobException, ({ id, severity }) => {
      if (severity === 0) service.find(id)?.cancel();
    });
    m.defer(() => service.checkpoint());
    const hello = () => m.flux.call(jobManager.execHello, { service: serviceName(jobExec) });
    await m.subscribe(jobManager.hello, async () => {
      // EINVAL: it is the one we know, with jobs that are ours
      await hello().catch((e: unknown) => m.log.debug(`${jobManager.execHello.topic}: ${errorText(e)}`));
    });
    await hello();
    return {
      start: (args, request) => service.start(args, request),
      override: (args, request) => service.override(args, request),
    };
  },
});

/** A checkpoint entry: the guest namespace of a job that ran when the module was unloaded. */
const savedNamespace = t.wire({ id: t.id(), owner: t.int(), kvsroot: t.string() });
type SavedNamespace = t.infer<typeof savedNamespace>;

class ExecService implements JobHost {
  readonly m: ModuleContext;
  readonly #settings: ExecSettings;
  readonly #jobs = new Map<bigint, ExecJob>();
  readonly #requests = new Map<bigint, Request>();
  emptyRoot = '';
  #hosts: string[] = [];
  #owner = 0;
  #saved: Promise<SavedNamespace[]> | undefined;
  /** Environment of the brokers' shells; each broker sets its own FLUX_URI. */
  #env: Record<string, string> = {};

  constructor(m: ModuleContext, settings: ExecSettings) {
    this.m = m;
    this.#settings = settings;
  }

  get killTimeout(): number {
    return this.#settings.killTimeout;
  }

  async open(): Promise<void> {
    const hash = await this.m.flux.getattr('content.hash');
    this.emptyRoot = blobrefOf(encodeTreeobj(createDir()), hash as BlobHash);
    this.#owner = Number(await this.m.flux.getattr('security.owner'));
    this.#hosts = await this.#hostlist();
    this.#env = Object.fromEntries(Object.entries(this.m.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  }

  find(id: bigint): ExecJob | undefined {
    return this.#jobs.get(id);
  }

  start(started: StartRequest, request: Request): typeof NO_RESPONSE {
    const { id } = started;
    const known = this.#jobs.get(id);
    if (known) {
      this.#requests.set(id, request);
      known.adopt();
      return NO_RESPONSE;
    }
    const job = new ExecJob(this, started);
    this.#jobs.set(id, job);
    this.#requests.set(id, request);
    void job.run().finally(() => {
      this.#jobs.delete(id);
      this.#requests.delete(id);
    });
    return NO_RESPONSE;
  }

  respond(id: bigint, type: string, data: object): void {
    this.#requests.get(id)?.respond({ id, type, data });
  }

  async launcher(job: ExecJob, events: LauncherEvents): Promise<Launcher> {
    const exec = job.system['exec'] as JsonObject | undefined;
    const test = exec?.['test'] as JsonObject | undefined;
    return test ? this.#testLauncher(job, test, events, await this.#elapsed(job)) : this.#bulkLauncher(job, exec, events);
  }

  async savedRoot(id: bigint, owner: number): Promise<string | undefined> {
    this.#saved ??= this.#readSaved();
    return (await this.#saved).find((entry) => entry.id === id && entry.owner === owner)?.kvsroot;
  }

  /** At unload: the jobs that run are taken up again by the next life of the module (docs/protocol/job-exec.md §12). */
  async checkpoint(): Promise<void> {
    const saved = (await Promise.all([...this.#jobs.values()].map((job) => job.checkpoint()))).filter((entry) => entry !== undefined);
    if (saved.length > 0) await new Kvs(this.m.flux).put(CHECKPOINT_KEY, encodeSortedJson(saved));
  }

  override({ event, jobid, status }: ReadBy<typeof jobExec.override>, request: Request): void {
    const job = this.#jobs.get(jobid);
    const launcher = job?.launcher;
    if (!job || !(launcher instanceof TestLauncher)) throw new FluxError('ENOENT', 'Job not found');
    if (request.userid !== job.userid) throw new FluxError('EPERM', 'Permission denied');
    if (!launcher.conf.override) throw new FluxError('EINVAL', 'Job not in exec override mode');
    if (event === 'start') {
      if (launcher.started) throw new FluxError('EINVAL', 'Job already running');
      launcher.start();
    } else if (event === 'finish') {
      if (!launcher.started) throw new FluxError('EINVAL', 'Job not running');
      launcher.finish(status);
    } else throw new FluxError('EINVAL', 'Invalid event');
  }

  async #bulkLauncher(job: ExecJob, exec: JsonObject | undefined, events: LauncherEvents): Promise<Launcher> {
    const multiuser = job.userid !== this.#owner;
    const shell = typeof exec?.['job_shell'] === 'string' ? exec['job_shell'] : this.#settings.shell;
    const cwd = typeof job.system['cwd'] === 'string' ? job.system['cwd'] : '/tmp';
    const imp = multiuser ? await this.#impFor(job) : undefined;
    const mockException = mockExceptionOf(exec);
    return new BulkLauncher(
      this.m.flux,
      {
        ranks: job.ranks,
        argv: [...(imp ? [imp.path, 'exec'] : []), shell, String(job.id)],
        cwd: multiuser ? '/' : cwd,
        env: { ...this.#env, FLUX_KVS_NAMESPACE: job.guest.name },
        ...(imp ? { imp } : {}),
        ...(mockException === undefined ? {} : { mockException }),
        service: `${job.userid}-shell-${job.id}`,
        hostname: (rank) => this.#hosts[rank] ?? 'unknown',
        logError: (text) => this.m.log.err(`${job.id}: ${text}`),
        logInfo: (text) => this.m.log.info(text),
      },
      events,
    );
  }

  /** The job of another user is started by the IMP, which reads its signed jobspec. */
  async #impFor(job: ExecJob): Promise<{ path: string; input: string }> {
    const path = this.#settings.imp;
    if (path === undefined) {
      this.m.log.err('unable run multiuser job with no IMP configured!');
      throw new ExecFailure('failed to initialize implementation');
    }
    const J = await new Kvs(this.m.flux).getText(jobKvsKey(job.id, 'J'));
    return { path, input: JSON.stringify({ J }) };
  }

  /** Whole seconds since the job's start, for one that ran when the job manager restarted; 0 if it is not known. */
  async #elapsed(job: ExecJob): Promise<number | undefined> {
    if (!job.reattach) return undefined;
    const entries = decodeEventlog(await new Kvs(this.m.flux).getText(jobKvsKey(job.id, 'eventlog')));
    const start = entries.find(({ name }) => name === 'start');
    return start ? Math.max(0, Math.floor(Date.now() / 1000 - start.timestamp)) : 0;
  }

  #testLauncher(job: ExecJob, test: JsonObject, events: LauncherEvents, elapsed: number | undefined): Launcher {
    try {
      const conf = readTestConf(test, job.system['duration'], (text) => this.m.log.err(text));
      return new TestLauncher(conf, events, (ms, fn) => this.m.after(ms, fn), elapsed);
    } catch (e) {
      if (e instanceof ExecFailure) throw e;
      this.m.log.err(`init_testconf: ${errorText(e)}`);
      throw new ExecFailure('failed to initialize testconf');
    }
  }

  async #hostlist(): Promise<string[]> {
    try {
      return [...Hostlist.parse(await this.m.flux.getattr('hostlist'))];
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return []; // absent with a configuration without hosts
      throw e;
    }
  }

  async #readSaved(): Promise<SavedNamespace[]> {
    try {
      return savedIn(await new Kvs(this.m.flux).getText(CHECKPOINT_KEY));
    } catch (e) {
      if (!isErrno(e, 'ENOENT')) this.m.log.err(`${CHECKPOINT_KEY} can't be read: ${errorText(e)}`);
      return [];
    }
  }
}

/** EPROTO, EINVAL: it is no list of checkpoint entries. */
function savedIn(text: string): SavedNamespace[] {
  return t.array(savedNamespace).parse(decodeJson(text), { dialect: 'jansson' });
}
