import { cancelJob } from '../../../../core/client/job-control';
import { type EventlogWatch, watchEventlog } from '../../../../core/client/job-info';
import type { DecodedEntry } from '../../../../core/formats/eventlog';
import type { JsonObject } from '../../../../core/formats/json';
import type { Flux } from '../../../../core/handle/flux';
import { errorText, isErrno } from '../../../../core/sys/errors';
import { strsignal } from '../../../../core/sys/strsignal';
import { endedBySignal, exitCode, shellExitCode, terminatingSignal } from '../../../../core/sys/waitstatus';
import { PtyClient } from '../../../../core/terminus/client';
import { detachMessage } from '../../../../core/terminus/protocol';
import { runTerminal } from '../../../../core/terminus/terminal';
import { type CommandContext, CommandError, failed } from '../../../command';
import { localTerminal } from '../../../local-terminal';
import { eventWithContext } from '../../../render/event';
import { ioData } from '../../../render/job-io';
import { startDebugging } from './debug';
import { InputForwarder } from './input';
import { watchSignals } from './interrupts';
import { type ShellAddress, shellAddress } from './shell-address';
import { shellLogLine } from './shell-log';

export interface AttachOptions {
  /** The job id as the user gave it. */
  name: string;
  /** Show main events, exec events on stderr. */
  showEvents: boolean;
  showExec: boolean;
  labelIo: boolean;
  verbose: boolean;
  quiet: boolean;
  /** Neither input nor signals. */
  readOnly: boolean;
  debug: { emulate: boolean } | undefined;
  /** The job was submitted to be attached to: input is for it, however soon it ends. */
  fromStart: boolean;
}

/** One attachment to a job: three eventlogs are followed to their ends, signals and input forwarded (docs/protocol/job-info-list.md §8, attach). */
export class AttachSession {
  readonly #ctx: CommandContext;
  readonly #flux: Flux;
  readonly #id: bigint;
  readonly #options: AttachOptions;
  readonly #watches = new Set<EventlogWatch>();
  #settle: (outcome: { status: number } | { error: unknown }) => void = () => {};
  /** How many things go on that must end before the session does. */
  #unfinished = 0;
  #firstEvent: number | undefined;
  #shell: ShellAddress | undefined;
  #outputWatched = false;
  /** Settle when these eventlogs have been read to their ends, as far as they are read. */
  #execEnd: Promise<void> | undefined;
  #outputEnd: Promise<void> | undefined;
  #finished = false;
  #exitCode = 1; // unless `finish` says otherwise
  #input: InputForwarder | undefined;
  /** Leaves the terminal of the job: its shells are gone, and one that was killed has said nothing. */
  #leaveTerminal: () => void = () => {};
  readonly #shellsGone = new Promise<undefined>((resolve) => {
    this.#leaveTerminal = () => resolve(undefined);
  });

  constructor(ctx: CommandContext, flux: Flux, id: bigint, options: AttachOptions) {
    this.#ctx = ctx;
    this.#flux = flux;
    this.#id = id;
    this.#options = options;
  }

  /** Returns the exit status: the job's, or 1 if it never finished or was detached from. */
  async run(): Promise<number> {
    const ended = new Promise<{ status: number } | { error: unknown }>((resolve) => {
      this.#settle = resolve;
    });
    if (!this.#options.readOnly && this.#ctx.isTTY(0)) {
      const { ignoreSignals, terminalSignals } = await import('../../../../core/sys/ignore-signals.js');
      ignoreSignals(Object.values(terminalSignals));
    }
    const stopSignals = this.#options.readOnly ? () => {} : this.#forwardSignals();
    try {
      void this.#begin(this.#followMain());
      const outcome = await ended;
      if ('error' in outcome) throw outcome.error;
      await this.#input?.settle();
      return outcome.status;
    } finally {
      this.#input?.stop();
      stopSignals();
    }
  }

  #begin(part: Promise<void>): Promise<void> {
    this.#unfinished++;
    part.then(
      () => {
        if (--this.#unfinished === 0) this.#settle({ status: this.#exitCode });
      },
      (error) => this.#settle({ error }),
    );
    return part;
  }

  /** Entries that come while `onEntry` isn't done with one wait. */
  async #follow(path: string, onEntry: (entry: DecodedEntry) => void | Promise<void>): Promise<void> {
    const watch = watchEventlog(this.#flux, this.#id, path);
    this.#watches.add(watch);
    try {
      for await (const entry of watch) {
        const wait = onEntry(entry);
        if (wait) await wait;
      }
    } finally {
      this.#watches.delete(watch);
    }
  }

  // ---- main eventlog

  async #followMain(): Promise<void> {
    try {
      await this.#follow('eventlog', (entry) => this.#mainEvent(entry));
    } catch (e) {
      if (isErrno(e, 'ENOENT')) throw new CommandError(`Failed to attach to ${this.#options.name}: No such job`);
      throw e;
    }
  }

  #mainEvent(entry: DecodedEntry): void | Promise<void> {
    const { name } = entry;
    this.#firstEvent ??= entry.timestamp;
    if (name === 'submit') this.#execEnd = this.#begin(this.#follow('guest.exec.eventlog', (exec) => this.#execEvent(exec)));
    if (name === 'finish') return this.#finish(entry);
    this.#showEvent(entry);
  }

  #showEvent(entry: DecodedEntry): void {
    const { name, context = {} } = entry;
    if (name === 'exception') {
      this.#timed(entry, `job.exception type=${context['type']} severity=${context['severity']} ${context['note'] ?? ''}`);
    } else if (this.#options.showEvents) this.#timed(entry, `job.${eventWithContext(entry)}`);
  }

  /** What the tasks have printed comes before their end, whichever eventlog is read faster. */
  async #finish(entry: DecodedEntry): Promise<void> {
    this.#finished = true;
    await this.#execEnd;
    this.#leaveTerminal();
    await this.#outputEnd;
    const status = Number(entry.context?.['status']);
    this.#exitCode = shellExitCode(status);
    if (endedBySignal(status)) this.#say(`task(s) ${strsignal(terminatingSignal(status))}`);
    else if (exitCode(status) !== 0) this.#say(`task(s) exited with exit code ${exitCode(status)}`);
    this.#showEvent(entry);
  }

  // ---- exec eventlog

  #execEvent(entry: DecodedEntry): void {
    const { name, context = {} } = entry;
    if (name === 'log') this.#execLog(entry, context);
    else if (this.#options.showExec) this.#timed(entry, `exec.${eventWithContext(entry)}`);
    if (name === 'shell.init') this.#shellUp(shellAddress(context));
    if (name === 'shell.start' && this.#options.debug && this.#shell) {
      const { emulate } = this.#options.debug;
      void this.#begin(startDebugging(this.#flux, this.#id, this.#shell, emulate || context['sync'] === true));
    }
    if (name === 'complete' && !this.#outputWatched) this.#watchOutput(true);
  }

  #execLog(entry: DecodedEntry, { component, rank, stream, data }: JsonObject): void {
    const text = String(data ?? '');
    const line = text.endsWith('\n') ? text.slice(0, -1) : text;
    if (this.#options.quiet) this.#ctx.stderr.write(`${line}\n`);
    else this.#timed(entry, `${component}[${rank}]: ${stream}: ${line}`);
  }

  /** The leader shell takes input from now on, and its output log exists. */
  #shellUp(shell: ShellAddress): void {
    this.#shell = shell;
    if (shell.pty === undefined) {
      this.#plainIo(shell);
      return;
    }
    if (this.#options.readOnly) throw new CommandError('Cannot connect to pty in readonly mode');
    this.#outputWatched = true;
    void this.#begin(this.#terminal(shell, shell.pty));
  }

  #plainIo(shell: ShellAddress): void {
    if (!this.#options.readOnly) {
      const mayBeOver = this.#options.fromStart || !this.#finished;
      this.#input = new InputForwarder(this.#ctx, this.#flux, shell, mayBeOver, (error) => this.#settle({ error }));
    }
    this.#watchOutput(false);
  }

  /** Who leaves the terminal leaves the job alone. Otherwise the job, whose terminal has ended, is followed to its end: it says with what code. */
  async #terminal(shell: ShellAddress, pty: string): Promise<void> {
    const terminal = localTerminal(this.#ctx);
    let client: PtyClient | undefined;
    try {
      const attached = PtyClient.attach(this.#flux, `${shell.service}.${pty}`, { nodeid: shell.leaderRank, winsize: terminal.size() });
      client = await Promise.race([attached, this.#shellsGone]);
    } catch (e) {
      if (isErrno(e, 'ENOSYS')) return this.#plainIo(shell);
      throw failed('failed to attach to pty', e);
    }
    if (!client) return this.#watchOutput(true);
    void this.#shellsGone.then(() => client.abandon());
    try {
      const { message } = await runTerminal(client, terminal);
      if (message === detachMessage) this.#settle({ status: 0 });
    } catch (e) {
      if (!this.#finished) throw e; // else it was abandoned
    }
  }

  // ---- output

  #watchOutput(mayBeMissing: boolean): void {
    this.#outputWatched = true;
    this.#outputEnd = this.#begin(
      this.#follow('guest.output', (entry) => this.#outputEvent(entry)).catch((e) => {
        if (!mayBeMissing || !isErrno(e, 'ENOENT')) throw e;
        this.#say('No job output found');
      }),
    );
  }

  #outputEvent(entry: DecodedEntry): void {
    const { name, context = {} } = entry;
    if (name === 'data') this.#output(context);
    if (this.#options.quiet) return;
    if (name === 'redirect') this.#ctx.stderr.write(`${context['rank']}: ${context['stream']} redirected to ${context['path']}\n`);
    if (name === 'log') this.#timed(entry, shellLogLine(context, this.#options.verbose));
  }

  #output(context: JsonObject): void {
    const { stream, rank, data } = ioData(context);
    if (data.length === 0) return;
    const out = stream === 'stdout' ? this.#ctx.stdout : this.#ctx.stderr;
    out.write(this.#options.labelIo ? Buffer.concat([Buffer.from(`${rank}: `), data]) : data);
  }

  // ---- the user

  #forwardSignals(): () => void {
    return watchSignals(this.#ctx, {
      say: (text) => this.#say(text),
      cancel: () => {
        cancelJob(this.#flux, this.#id, 'interrupted by ctrl-C').catch((e) => this.#say(`cancel: ${errorText(e)}`));
      },
      detach: () => {
        this.#input?.stop();
        for (const watch of this.#watches) watch.cancel();
      },
    });
  }

  #say(text: string): void {
    this.#ctx.stderr.write(`${this.#ctx.prog}: ${text}\n`);
  }

  #timed(entry: DecodedEntry, text: string): void {
    const seconds = entry.timestamp - (this.#firstEvent ?? entry.timestamp);
    this.#ctx.stderr.write(`${seconds.toFixed(3)}s: ${text}\n`);
  }
}
