import type { JsonObject } from '../../formats/json';
import type { Flux } from '../../handle';
import type { Message } from '../../message';
import type { ServeHandler, Undo } from '../../plugin/types/common';
import type { Aux, ShellHost, ShellInfo, ShellJobspecInfo, ShellRankInfo, Task } from '../../plugin/types/shell-objects';
import type { LogSource, ShellLog } from '../log';

/** The job of a shell that has read its jobspec. */
export interface ShellJob {
  /** The job's environment, live. */
  readonly environment: Record<string, string>;
  readonly jobspecInfo: ShellJobspecInfo;
  getopt(name: string): unknown;
  /** @throws FluxError ENOENT if the option to delete (value undefined) was not set */
  setopt(name: string, value: unknown): void;
}

/** The place of a shell among the shells of its job, and its ways to them. */
export interface ShellPlace {
  readonly info: ShellInfo;
  rankInfo(shellRank?: number): ShellRankInfo;
  serve<P>(method: string, handler: ServeHandler<P>): Undo;
  rpc<R>(method: string, shellRank: number, payload?: object, options?: { noResponse?: boolean; signal?: AbortSignal }): Promise<R>;
}

/**
 * The parts of a shell that its plugins' views are made of. A plugin may be called before all of them are there (its handler of shell.log is, from the
 * first message on): what it then asks for too early is EINVAL.
 */
export interface ShellParts {
  readonly log: ShellLog;
  readonly host: ShellHost;
  readonly aux: Aux;
  readonly signal: AbortSignal;
  readonly completion: { add(name: string): number; remove(name: string): number };
  readonly contexts: { add(event: string, context: object): void };
  readonly events: { add(subtopic: string, handler: (payload: JsonObject, message: Message) => void | Promise<void>): Undo };
  readonly calls: { readonly currentTask: Task | undefined; call(topic: string, args: object): Promise<boolean> };
  readonly tasks: { readonly list: readonly Task[]; killall(signum: number): void };
  /** The handle. @throws FluxError EINVAL before it is open */
  readonly flux: Flux;
  /** @throws FluxError EINVAL before the jobspec is read */
  readonly job: ShellJob;
  /** @throws FluxError EINVAL before R is read, too */
  readonly place: ShellPlace;
  /** A shell option; undefined if it is not set, or not known yet. */
  getopt(name: string): unknown;
  die(message: string, exitCode: number | undefined, source: LogSource): never;
  raise(note: string): Promise<void>;
}
