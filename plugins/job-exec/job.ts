import {
  type DecodedEntry,
  decodeEventlog,
  errorText,
  type FluxError,
  type JsonObject,
  type jobExec,
  jobKvsKey,
  Kvs,
  type ModuleContext,
  type ReadBy,
  signals,
  toFluxError,
  type Undo,
} from 'flux';
import { GuestNamespace } from './guest';
import { ExecFailure, type Launcher, type LauncherEvents } from './launcher';
import { readR } from './r';

const MAX_NOTE = 255;
const EXIT_1 = 256;

/** What a job needs of the module. */
export interface JobHost {
  readonly m: ModuleContext;
  /** Seconds from SIGTERM (or SIGALRM) to SIGKILL. */
  readonly killTimeout: number;
  /** Sends a response of job-exec.start for this job to the job manager. */
  respond(id: bigint, type: string, data: object): void;
  /** Blobref of an empty directory. */
  readonly emptyRoot: string;
  /** Root of the guest namespace that an earlier life of the module has left. */
  savedRoot(id: bigint, owner: number): Promise<string | undefined>;
  /** Chooses how to run it. Throws ExecFailure. */
  launcher(job: ExecJob, events: LauncherEvents): Promise<Launcher>;
}

/** A start request of the job manager: a jobspec without the environment. */
export type StartRequest = ReadBy<typeof jobExec.start>;

/** One job in the hands of job-exec, from the start request to the final release (docs/protocol/job-exec.md §3). */
export class ExecJob {
  readonly id: bigint;
  readonly userid: number;
  readonly jobspec: StartRequest['jobspec'];
  readonly reattach: boolean;
  readonly guest: GuestNamespace;
  /** Ranks of R, once it is read. */
  ranks: readonly number[] = [];
  readonly #host: JobHost;
  #linked: Promise<void> = Promise.resolve();
  #said: Promise<void> = Promise.resolve();
  /** All responses so far. */
  readonly #answers: { type: string; data: object }[] = [];
  #launcher: Launcher | undefined;
  #launched = false;
  #exception = false;
  #finalizing = false;
  #killTimer: Undo | undefined;
  #expiration: Undo | undefined;

  constructor(host: JobHost, { id, userid, jobspec, reattach }: StartRequest) {
    this.#host = host;
    this.id = id;
    this.userid = userid;
    this.jobspec = jobspec;
    this.reattach = reattach;
    this.guest = new GuestNamespace(host.m.flux, id, (what, e) => host.m.log.err(`${id}: ${what}: ${errorText(e)}`));
  }

  /** How it runs; undefined before it is launched. */
  get launcher(): Launcher | undefined {
    return this.#launcher;
  }

  /** `attributes.system`, empty if the jobspec has none. */
  get system(): JsonObject {
    const attributes = this.jobspec['attributes'] as JsonObject | undefined;
    return (attributes?.['system'] as JsonObject | undefined) ?? {};
  }

  /** Another job manager asks for it: hears all that the one before was told, who may have written none of it down. */
  adopt(): void {
    this.#inOrder(() => {
      for (const { type, data } of this.#answers) this.#host.respond(this.id, type === 'start' ? 'reattached' : type, data);
    });
  }

  /** Runs it to the end. Never rejects: what goes wrong becomes exceptions of the job. */
  async run(): Promise<void> {
    if (this.reattach && (await this.#endedBefore())) return;
    let hasGuest = false;
    try {
      const R = this.#lookupR();
      R.catch(() => {}); // looked at later
      await this.#createGuest();
      hasGuest = true;
      const expiration = await this.#readR(R);
      if (!this.#exception) {
        this.#armExpiration(expiration);
        await this.#execute();
      }
    } catch (e) {
      this.#fail(e instanceof ExecFailure ? e.message : errorText(e));
    }
    await this.#finalize(hasGuest);
  }

  /** A fatal exception has come from outside: job-exception with severity 0. */
  cancel(): void {
    this.#exception = true;
    this.#host.m.log.debug(`exec aborted: id=${this.id}`);
    if (!this.#finalizing) this.#kill(signals.SIGTERM);
  }

  /** Saves what a later life of the module needs; undefined for a job that does not run yet. */
  async checkpoint(): Promise<{ id: bigint; owner: number; kvsroot: string } | undefined> {
    if (!this.#launcher?.started || this.#finalizing) return undefined;
    await this.guest.flush();
    const kvsroot = await this.guest.root();
    await this.guest.remove();
    return { id: this.id, owner: this.userid, kvsroot };
  }

  /** Whether the job was over when there was no job manager to be told: says so now, from what is written. */
  async #endedBefore(): Promise<boolean> {
    const log = await this.#endedLog();
    if (!log.some(({ name }) => name === 'done')) return false;
    const status = log.findLast(({ name }) => name === 'complete')?.context?.['status'];
    if (typeof status === 'number') this.#respond('finish', { status });
    else this.#fail('job has ended while there was no job manager');
    this.#respond('release', { ranks: 'all', final: true });
    await this.#said;
    return true;
  }

  /** exec.eventlog where it is kept when a job is over; empty if it is not there, or no log. */
  async #endedLog(): Promise<DecodedEntry[]> {
    try {
      return decodeEventlog(await new Kvs(this.#host.m.flux).getText(jobKvsKey(this.id, 'guest.exec.eventlog')));
    } catch {
      return [];
    }
  }

  async #createGuest(): Promise<void> {
    const { emptyRoot, m } = this.#host;
    const saved = this.reattach ? await this.#host.savedRoot(this.id, this.userid) : undefined;
    if (this.reattach && saved === undefined) m.log.debug(`checkpoint rootref not found: ${this.id}`);
    try {
      await this.guest.create(this.userid, saved ?? emptyRoot);
    } catch (e) {
      throw failure('failed to create guest ns', e);
    }
    this.guest.note(this.reattach ? 'reattach' : 'init');
    this.#linked = this.guest.link();
    this.#linked.catch(() => {}); // looked at when the job starts, and at its end
  }

  async #lookupR(): Promise<string> {
    try {
      return await new Kvs(this.#host.m.flux).getText(jobKvsKey(this.id, 'R'));
    } catch (e) {
      throw failure('job does not have allocation', e);
    }
  }

  /** Reads R and gives its expiration, seconds since the epoch, 0 for none. */
  async #readR(text: Promise<string>): Promise<number> {
    const R = await text;
    try {
      const { ranks, expiration } = readR(R);
      this.ranks = ranks;
      return expiration;
    } catch (e) {
      throw failure('reading R', e);
    }
  }

  #armExpiration(expiration: number): void {
    if (expiration < 0) throw new ExecFailure(`Invalid resource set expiration ${expiration.toFixed(2)}: Invalid argument`);
    if (expiration === 0) return;
    const ms = expiration * 1000 - Date.now();
    if (ms < 0) throw new ExecFailure('job started after expiration');
    this.#expiration = this.#host.m.after(ms, () => this.#expire());
  }

  #expire(): void {
    this.#exception = true;
    this.#respond('exception', { severity: 0, type: 'timeout', note: 'resource allocation expired' });
    this.#kill(signals.SIGALRM);
  }

  async #execute(): Promise<void> {
    this.#launcher = await this.#host.launcher(this, {
      onStarted: () => this.#inOrder(() => this.#announce()),
      onFailure: (note) => this.#fail(note),
      onOutput: (component, rank, stream, data) => this.guest.log('log', { component, stream, rank: String(rank), data }),
    });
    if (this.#exception) return;
    this.guest.log(this.reattach ? 're-starting' : 'starting');
    this.#launched = true;
    const run = this.#launcher.run();
    if (this.reattach && this.#launcher.started) this.#respond('reattached', {});
    const status = await run;
    const total = this.#exception && status === 0 ? EXIT_1 : status;
    this.guest.note('complete', { status: total });
    this.#respond('finish', { status: total });
  }

  /** The job has started: whoever hears of it finds the guest namespace and its link. */
  async #announce(): Promise<void> {
    try {
      await Promise.all([this.guest.flush(), this.#linked]);
      this.#say(this.reattach ? 'reattached' : 'start', {});
    } catch (e) {
      this.#fail(errorText(e));
    }
  }

  /** Responses go out one after the other; the start may have to wait for commits. */
  #inOrder(step: () => void | Promise<void>): void {
    this.#said = this.#said.then(step);
  }

  #respond(type: string, data: object): void {
    this.#inOrder(() => this.#say(type, data));
  }

  #say(type: string, data: object): void {
    this.#answers.push({ type, data });
    this.#host.respond(this.id, type, data);
  }

  async #finalize(hasGuest: boolean): Promise<void> {
    this.#finalizing = true;
    this.#killTimer?.();
    this.#expiration?.();
    if (hasGuest) {
      try {
        this.guest.log('done');
        await Promise.all([this.guest.flush(), this.#linked]);
        await this.guest.copyToPrimary();
        await this.guest.remove();
      } catch (e) {
        this.#fail('finalize error', toFluxError(e));
      }
    }
    this.#respond('release', { ranks: 'all', final: true });
    await this.#said;
  }

  /** Posts an exception, unless one is in progress, and ends what runs. */
  #fail(note: string, error?: FluxError): void {
    const text = (error ? `${note}: ${error.message}` : note).slice(0, MAX_NOTE);
    this.#host.m.log.info(`job-exception: id=${this.id}: ${text}`);
    if (!this.#exception) this.#respond('exception', { severity: 0, type: 'exec', note: text });
    this.#exception = true;
    if (!this.#finalizing) this.#kill(signals.SIGTERM);
  }

  #kill(signum: number): void {
    if (!this.#launched) return;
    this.#host.m.log.debug(`exec_kill: ${this.id}: signal ${signum}`);
    this.#launcher!.kill(signum);
    this.#killTimer ??= this.#host.m.after(this.#host.killTimeout * 1000, () => {
      this.#host.m.log.debug(`Sending SIGKILL to job ${this.id}`);
      this.#launcher!.kill(signals.SIGKILL);
    });
  }
}

function failure(what: string, e: unknown): ExecFailure {
  return new ExecFailure(`${what}: ${errorText(e)}`);
}
