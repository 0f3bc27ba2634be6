import { ShellLogLevel } from '../../plugin/types/shell-objects';
import { ShellExit } from '../errors';
import type { LogSource, ShellLog } from '../log';

/** Whether a shell has to end before its tasks do, and with which exit code. The first reason counts. */
export class Ending {
  readonly #log: ShellLog;
  #fatal: ShellExit | undefined;
  #exceptionRaised = false;
  #reject: (e: ShellExit) => void = () => {};
  /** Rejects when the shell has to end at once. */
  readonly dead = new Promise<never>((_, reject) => {
    this.#reject = reject;
  });

  constructor(log: ShellLog) {
    this.#log = log;
    this.dead.catch(() => {});
  }

  /** The exit that ends the shell, once there is one. */
  get fatal(): ShellExit | undefined {
    return this.#fatal;
  }

  /** @throws ShellExit if the shell has to end */
  check(): void {
    if (this.#fatal) throw this.#fatal;
  }

  /** Logs FATAL and makes the shell end. @throws ShellExit always */
  die(message: string, exitCode: number, source: LogSource): never {
    if (this.#fatal) throw this.#fatal;
    this.#fatal = new ShellExit(exitCode, message);
    this.#log.say(ShellLogLevel.FATAL, message, source);
    this.#reject(this.#fatal);
    throw this.#fatal;
  }

  /** Makes the shell end without a word: no message, no exception of the job. */
  abandon(exitCode: number): ShellExit {
    this.#fatal ??= new ShellExit(exitCode, 'ended');
    this.#exceptionRaised = true;
    this.#reject(this.#fatal);
    return this.#fatal;
  }

  /** A shell raises one exception of its job: true for who asks first. */
  takeException(): boolean {
    const first = !this.#exceptionRaised;
    this.#exceptionRaised = true;
    return first;
  }
}
