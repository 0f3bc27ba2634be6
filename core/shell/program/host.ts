import { AsyncLocalStorage } from 'node:async_hooks';
import type { HostedCommand, HostReport, HostRequest } from '../../subprocess';
import { errorStack } from '../../sys/errors';
import { signals } from '../../sys/signals';
import type { ShellOptions } from '../shell-options';
import { DigestCache } from './file-stamps';
import { HostedShell } from './hosted-shell';
import { SharedStacks } from './shared-stacks';

/** How commands become shells, and where a host sends its reports. */
export interface HostedShellsOptions {
  /** Folder of the builtin plugins. */
  builtins: string;
  /** The options with which flux-shell would run a command; undefined: it would not run a job's shell. */
  shellOptions(command: HostedCommand): Omit<ShellOptions, 'stdout' | 'stderr'> | undefined;
  report(report: HostReport): void;
  /** Takes a line, without newline, that belongs to no shell. */
  log(line: string): void;
}

/**
 * Runs many shells in one process (design: processes). Each is told from the others by the asynchronous context it runs in: what its plugins print, throw
 * or do to "the process" is its own.
 */
export class HostedShells {
  readonly #options: HostedShellsOptions;
  readonly #shells = new Map<number, { shell: HostedShell; ended: Promise<void> }>();
  readonly #context = new AsyncLocalStorage<HostedShell>();
  readonly #stacks: SharedStacks;
  readonly #digests = new DigestCache();
  #setWarm: () => void = () => {};
  /** A first shell is initialized: what it has asked and loaded need not be asked and loaded again. */
  readonly #warm = new Promise<void>((resolve) => {
    this.#setWarm = resolve;
  });
  /** When the next shell may begin. Shells that come while the host is cold wait for the first: it would be overtaken by those that profit from it. */
  #turn: Promise<void> = Promise.resolve();
  /** Immutable attributes of the broker, by its URI: there is one, but for odd environments. */
  readonly #attributes = new Map<string, Map<string, string>>();

  constructor(options: HostedShellsOptions) {
    this.#options = options;
    this.#stacks = new SharedStacks(options.builtins, options.log, () => this.current?.shell.signal);
  }

  /** The shell that the running code belongs to. */
  get current(): HostedShell | undefined {
    return this.#context.getStore();
  }

  take(request: HostRequest): void {
    if (request.op === 'run') this.#run(request.id, request);
    else this.#shells.get(request.id)?.shell.signal(request.signum);
  }

  /** A signal to the host is one to each of its shells, and to no task: these get it from their shell. */
  signal(signum: number): void {
    for (const { shell } of this.#shells.values()) shell.signal(signum);
  }

  /** Something was thrown that nobody has caught. */
  stray(e: unknown): void {
    if (this.current) this.current.shell.reportStray(e);
    else this.#options.log(errorStack(e));
  }

  /** Ends all shells as by SIGKILL; resolves when they are gone. */
  async close(): Promise<void> {
    const all = [...this.#shells.values()];
    for (const { shell } of all) shell.signal(signals.SIGKILL);
    await Promise.all(all.map(({ ended }) => ended));
    this.#stacks.dispose();
  }

  #run(id: number, command: HostedCommand): void {
    const options = this.#options.shellOptions(command);
    if (!options) {
      this.#options.report({ op: 'decline', id });
      return;
    }
    const digest = (file: string) => this.#digests.of(file);
    const report = (report: object) => this.#options.report({ id, ...report } as HostReport);
    const attributes = this.#attributesOf(options.env['FLUX_URI'] ?? '');
    const shell = new HostedShell({ ...options, digest, attributes }, this.#stacks.lease(), report);
    const ended = this.#turn.then(() => this.#context.run(shell, () => shell.run())).finally(() => this.#shells.delete(id));
    this.#turn = Promise.race([this.#turn.then(() => shell.initialized), this.#warm]);
    void shell.initialized.then(() => this.#setWarm());
    this.#shells.set(id, { shell, ended });
  }

  #attributesOf(uri: string): Map<string, string> {
    const known = this.#attributes.get(uri) ?? new Map<string, string>();
    this.#attributes.set(uri, known);
    return known;
  }
}
