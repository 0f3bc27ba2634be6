import type { JsonObject } from '../../formats/json';
import type { Flux } from '../../handle';
import { NO_RESPONSE } from '../../handle';
import type { Message } from '../../message';
import type { ServeHandler, Undo } from '../../plugin/types/common';
import {
  type Aux,
  type Shell,
  type ShellHost,
  type ShellInfo,
  type ShellJobspecInfo,
  ShellLogLevel,
  type ShellRankInfo,
  type Task,
} from '../../plugin/types/shell-objects';
import { type AnyMethod, Method, type MethodSpec } from '../../protocol';
import type { Schema } from '../../schema/schema';
import { FluxError } from '../../sys/errors';
import { callSite } from '../log';
import { readOption } from '../option';
import { checkArguments } from './argument-checks';
import type { ShellParts } from './shell-parts';

/** A shell as one of its plugins sees it (docs/api.md: the flux_shell_* functions); the plugin's name goes with what it logs. */
export class PluginShell implements Shell {
  readonly #shell: ShellParts;
  readonly #component: string;

  constructor(shell: ShellParts, component: string) {
    this.#shell = shell;
    this.#component = component;
  }

  get info(): ShellInfo {
    return this.#shell.place.info;
  }

  get jobspecInfo(): ShellJobspecInfo {
    return this.#shell.job.jobspecInfo;
  }

  rankInfo(shellRank = -1): ShellRankInfo {
    checkArguments('rankInfo', { shellRank: [shellRank, 'integer'] });
    return this.#shell.place.rankInfo(shellRank);
  }

  get flux(): Flux {
    return this.#shell.flux;
  }

  get host(): ShellHost {
    return this.#shell.host;
  }

  get aux(): Aux {
    return this.#shell.aux;
  }

  get signal(): AbortSignal {
    return this.#shell.signal;
  }

  getopt(name: string): unknown;
  getopt<T>(name: string, schema: Schema<T>): T | undefined;
  getopt<T>(name: string, schema?: Schema<T>): unknown {
    checkArguments('getopt', { name: [name, 'string'], ...(schema === undefined ? {} : { schema: [schema, 'schema'] }) });
    const value = this.#shell.getopt(name);
    return schema === undefined ? value : readOption(this.#shell.log, value, schema);
  }

  setopt(name: string, value: unknown): void {
    checkArguments('setopt', { name: [name, 'name'], ...(value === undefined ? {} : { value: [value, 'JSON value'] }) });
    this.#shell.job.setopt(name, value);
  }

  getenv(name: string): string | undefined {
    checkArguments('getenv', { name: [name, 'string'] });
    return Object.hasOwn(this.#shell.job.environment, name) ? this.#shell.job.environment[name] : undefined;
  }

  environ(): Record<string, string> {
    return { ...this.#shell.job.environment };
  }

  setenv(name: string, value: string, { overwrite = true }: { overwrite?: boolean } = {}): void {
    checkArguments('setenv', { name: [name, 'name of a variable'], value: [value, 'string without NUL'] });
    if (overwrite || !Object.hasOwn(this.#shell.job.environment, name)) this.#shell.job.environment[name] = value;
  }

  unsetenv(name: string): void {
    checkArguments('unsetenv', { name: [name, 'name of a variable'] });
    if (!Object.hasOwn(this.#shell.job.environment, name)) throw new FluxError('ENOENT');
    delete this.#shell.job.environment[name];
  }

  addCompletionRef(name: string): number {
    checkArguments('addCompletionRef', { name: [name, 'name'] });
    return this.#shell.completion.add(name);
  }

  removeCompletionRef(name: string): number {
    checkArguments('removeCompletionRef', { name: [name, 'name'] });
    return this.#shell.completion.remove(name);
  }

  killall(signum: number): void {
    checkArguments('killall', { signum: [signum, 'integer'] });
    this.#shell.tasks.killall(signum);
  }

  addEventHandler(subtopic: string, handler: (payload: JsonObject, message: Message) => void | Promise<void>): Undo {
    checkArguments('addEventHandler', { subtopic: [subtopic, 'name'], handler: [handler, 'function'] });
    return this.#shell.events.add(subtopic, handler);
  }

  addEventContext(event: 'shell.init' | 'shell.start', context: object): void {
    checkArguments('addEventContext', { context: [context, 'JSON object'] });
    this.#shell.contexts.add(event, context);
  }

  // biome-ignore lint/suspicious/noExplicitAny: the payload of a topic, or the arguments of a method
  serve(method: string | AnyMethod, handler: ServeHandler<any>): Undo {
    const name = nameOf(method);
    checkArguments('serve', { method: [name, 'name'], handler: [handler, 'function'] });
    return this.#shell.place.serve(name, typeof method === 'string' ? handler : checkedHandler(method, handler));
  }

  async rpc(
    method: string | AnyMethod,
    shellRank: number,
    payload: object = {},
    options?: { noResponse?: boolean; signal?: AbortSignal },
    // biome-ignore lint/suspicious/noExplicitAny: the payload of a response, or what its table says
  ): Promise<any> {
    const name = nameOf(method);
    checkArguments('rpc', { method: [name, 'name'], payload: [payload, 'object'] });
    return this.#shell.place.rpc(name, shellRank, payload, options);
  }

  async call(topic: string, args: object = {}): Promise<boolean> {
    checkArguments('call', { topic: [topic, 'name'] });
    return this.#shell.calls.call(topic, args);
  }

  get currentTask(): Task | undefined {
    return this.#shell.calls.currentTask;
  }

  get tasks(): readonly Task[] {
    return this.#shell.tasks.list;
  }

  log(message: string): void {
    this.#say(ShellLogLevel.NOTICE, message, this.log);
  }

  trace(message: string): void {
    this.#say(ShellLogLevel.TRACE, message, this.trace);
  }

  debug(message: string): void {
    this.#say(ShellLogLevel.DEBUG, message, this.debug);
  }

  warn(message: string): void {
    this.#say(ShellLogLevel.WARN, message, this.warn);
  }

  error(message: string): void {
    this.#say(ShellLogLevel.ERROR, message, this.error);
  }

  logAt(level: ShellLogLevel, message: string): void {
    this.#say(level, message, this.logAt);
  }

  die(message: string, exitCode?: number): never {
    this.#shell.die(message, exitCode, { component: this.#component, site: callSite(this.die) });
  }

  async raise(note: string): Promise<void> {
    checkArguments('raise', { note: [note, 'string'] });
    return this.#shell.raise(note);
  }

  setLogLevel(level: number, destination = 'any'): void {
    this.#shell.log.setLevel(level, destination);
  }

  #say(level: ShellLogLevel, message: string, called: (...args: never[]) => unknown): void {
    this.#shell.log.say(level, message, { component: this.#component, site: callSite(called) });
  }
}

/** The name of a method below the shell's service. */
function nameOf(method: string | AnyMethod): string {
  return method instanceof Method ? method.topic.slice(method.topic.indexOf('.') + 1) : method;
}

/** A handler that gets the checked arguments of its method. */
function checkedHandler(method: AnyMethod, handler: ServeHandler<unknown>): ServeHandler<unknown> {
  const { answers }: MethodSpec = method.spec;
  return async (_, request) => {
    const answer = await handler(method.read(request.message), request);
    return answers === 'never' ? NO_RESPONSE : answer;
  };
}
