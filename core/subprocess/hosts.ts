import fs from 'node:fs';
import path from 'node:path';
import { errorText } from '../sys/errors';
import { enterableDirectory } from '../sys/spawn';
import type { HostedEvents, HostedProcess } from './hosted-process';
import { ProgramHost } from './program-host';
import type { RexecCommand } from './protocol';

/** Runs in hosts go by numbers from here on: the kernel gives none (its pid_max is 2^22 at most). */
const FIRST_PID = 2 ** 22 + 1;
const LAST_PID = 2 ** 31 - 1;
/** Ends the path of a program's host. */
const SUFFIX = '-host';

/** Where programs with hosts are found, and the environment that hosts are started with. */
export interface HostsOptions {
  /** Folders whose programs may have hosts: a program PROGRAM with an executable PROGRAM-host beside it. */
  folders(): readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  log(text: string): void;
}

/**
 * Programs that need no process of their own: where PROGRAM-host lies beside PROGRAM, one process of it runs all commands `PROGRAM ARGUMENT` that
 * it is willing to (design: processes). Started at need, ends with the broker.
 */
export class ProgramHosts {
  readonly #options: HostsOptions;
  readonly #hosts = new Map<string, ProgramHost>();
  /** Hosts that could not be started, or ended without having run anything: their programs are run without. */
  readonly #broken = new Set<string>();
  #nextPid = FIRST_PID;
  #closed = false;

  constructor(options: HostsOptions) {
    this.#options = options;
  }

  /** Runs the command in a host; undefined if there is none for it. `taken` tells which numbers are in use. */
  run(
    command: RexecCommand,
    env: Record<string, string>,
    taken: (pid: number) => boolean,
    events: HostedEvents,
  ): HostedProcess | undefined {
    const host = this.#closed ? undefined : this.#hostFor(command);
    if (!host) return undefined;
    const { path: cwd, warning } = enterableDirectory(command.cwd);
    return host.run(this.#pid(taken), { argv: command.cmdline, cwd, env }, events, warning);
  }

  /** Process ids of the hosts. */
  get pids(): number[] {
    return [...this.#hosts.values()].map(({ pid }) => pid);
  }

  /** Ends all hosts with what they run. Starts no more. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }

  #hostFor({ cmdline, opts, channels }: RexecCommand): ProgramHost | undefined {
    const [file] = cmdline;
    if (cmdline.length !== 2 || channels.length > 0 || Object.keys(opts).length > 0) return undefined;
    if (!path.isAbsolute(file!) || !this.#options.folders().includes(path.dirname(file!))) return undefined;
    const program = `${file}${SUFFIX}`;
    if (this.#broken.has(program) || !isExecutable(file!) || !isExecutable(program)) return undefined;
    return this.#hosts.get(program) ?? this.#start(program);
  }

  #start(file: string): ProgramHost | undefined {
    const { env, log } = this.#options;
    const name = path.basename(file);
    try {
      const host: ProgramHost = new ProgramHost({
        file,
        env,
        cwd: '/',
        log: (text) => log(`${name}: ${text}`),
        onEnd: (status) => this.#ended(file, host, status),
      });
      this.#hosts.set(file, host);
      return host;
    } catch (e) {
      log(`${name}: ${errorText(e)}`);
      this.#broken.add(file);
      return undefined;
    }
  }

  #ended(file: string, host: ProgramHost, status: number): void {
    this.#hosts.delete(file);
    if (this.#closed) return;
    if (!host.proven) this.#broken.add(file);
    this.#options.log(`${path.basename(file)}: ended with status ${status}`);
  }

  #pid(taken: (pid: number) => boolean): number {
    do {
      if (this.#nextPid > LAST_PID) this.#nextPid = FIRST_PID;
    } while (taken(this.#nextPid++));
    return this.#nextPid - 1;
  }
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
