import fs from 'node:fs';
import path from 'node:path';
import { isJsonObject, type JsonObject } from '../../formats/json';
import type { HostReport } from '../../subprocess';
import { errorStack } from '../../sys/errors';
import { signals } from '../../sys/signals';
import { statusOfCode } from '../../sys/waitstatus';
import { hasStockInitrc } from '../initrc/initrc';
import type { DescribedShell } from '../job/described';
import { JobShell } from '../job/shell';
import { runShell } from '../run';
import type { ShellOptions } from '../shell-options';
import { pluginFiles } from '../stack/plugin-loader';
import { TaskGroup } from '../task/group';
import type { StackLease } from './shared-stacks';

/** Signals that a shell passes on to its tasks, once it has some. */
const forwarded: readonly number[] = [signals.SIGINT, signals.SIGALRM, signals.SIGTERM];
const { SIGPIPE, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGXFSZ, SIGWINCH } = signals;
/** Signals that do not end a process by default, or that the shell's program ignores. */
const harmless: readonly number[] = [SIGPIPE, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGXFSZ, SIGWINCH];

/** Options that want something of the whole process: a controlling terminal, tracing. */
const exclusive = ['pty', 'stop-tasks-in-exec'] as const;

type OwnReport<R = HostReport> = R extends unknown ? Omit<R, 'id'> : never;

/** One shell in a host, to its broker a process of its own. */
export class HostedShell {
  readonly shell: JobShell;
  readonly #lease: StackLease;
  readonly #report: (report: OwnReport) => void;
  #accepted = false;
  /** Its job needs a process of its own. */
  #declined = false;
  #ended = false;
  #resolveInitialized: () => void = () => {};
  /** Resolves when the shell is initialized, or has ended before. */
  readonly initialized = new Promise<void>((resolve) => {
    this.#resolveInitialized = resolve;
  });

  /** `options`: what a shell's program would give it. */
  constructor(options: Omit<ShellOptions, 'stdout' | 'stderr'>, lease: StackLease, report: (report: OwnReport) => void) {
    this.#lease = lease;
    this.#report = report;
    this.shell = new JobShell(
      {
        ...options,
        stdout: (data) => this.#print('stdout', data),
        stderr: (text) => this.#print('stderr', text),
        taskGroup: new TaskGroup((pgid, exists) => report({ op: 'group', pgid, ...(exists ? {} : { gone: true }) })),
      },
      lease.stack,
    );
  }

  /** Runs it to its end. Never rejects. */
  async run(): Promise<void> {
    try {
      const code = await runShell(this.shell, {
        admit: (described) => this.#admit(described),
        onInitialized: () => this.#resolveInitialized(),
      });
      if (this.#declined && !this.#ended) this.#decline();
      else this.#exit(statusOfCode(code));
    } catch (e) {
      this.#print('stderr', `flux-shell: ERROR: ${errorStack(e)}\n`);
      this.#exit(statusOfCode(1));
    } finally {
      this.#resolveInitialized();
      this.#lease.release();
    }
  }

  /** Does what the signal does to a shell's process; its tasks have got it from the broker. */
  signal(signum: number): void {
    if (harmless.includes(signum)) return;
    if (forwarded.includes(signum) && this.shell.deliverSignal(signum)) return;
    this.shell.abandon(128 + signum);
    this.#exit(signum);
  }

  /** exit(3), called by a plugin: ends this shell. @throws ShellExit always */
  exit(code: number): never {
    const end = this.shell.abandon(code);
    this.#exit(statusOfCode(code));
    throw end;
  }

  /** Something that this shell printed past its own streams. */
  print(stream: 'stdout' | 'stderr', data: string | Uint8Array): void {
    this.#print(stream, data);
  }

  async #admit(described: DescribedShell): Promise<boolean> {
    this.#declined = !(await this.#suits(described));
    if (!this.#declined) this.#accept();
    return !this.#declined;
  }

  async #suits(described: DescribedShell): Promise<boolean> {
    if (exclusive.some((name) => described.getopt(name) !== undefined) || opensPipe(described)) return false;
    if (!(await hasStockInitrc(described))) return false;
    const { plugins } = await described.questions.paths;
    const { env, cwd } = described.shell.host;
    return this.#lease.suits(pluginFiles('*.so', { path: plugins, home: env['HOME'], cwd }));
  }

  #accept(): void {
    if (this.#accepted) return;
    this.#accepted = true;
    this.#report({ op: 'accept' });
  }

  #decline(): void {
    this.#ended = true;
    this.#report({ op: 'decline' });
  }

  #print(stream: 'stdout' | 'stderr', data: string | Uint8Array): void {
    if (this.#ended) return; // the process would be gone
    this.#accept();
    this.#report({ op: 'output', stream, data: Buffer.from(data as string).toString('base64') });
  }

  #exit(status: number): void {
    if (this.#ended) return;
    this.#accept();
    this.#ended = true;
    this.#report({ op: 'exit', status });
  }
}

/** Its output goes to a named pipe: who opens one to write waits until somebody reads. */
function opensPipe(described: DescribedShell): boolean {
  const { shell, jobspec } = described;
  const output = objectIn(described.getopt('output'));
  return ['stdout', 'stderr'].some((stream) => {
    const { path: file } = objectIn(output[stream]);
    return typeof file === 'string' && isPipe(path.resolve(shell.host.cwd, jobspec.cwd ?? '', file));
  });
}

function isPipe(file: string): boolean {
  try {
    return fs.statSync(file).isFIFO();
  } catch {
    return false; // who opens it will see
  }
}

const objectIn = (value: unknown): JsonObject => (isJsonObject(value) ? value : {});
