import { AsyncParallelHook, AsyncSeriesBailHook, HookMap, SyncBailHook } from 'tapable';
import { fnmatch } from '../formats/fnmatch';
import { FluxError } from '../sys/errors';
import { PluginError } from './plugin-error';

/** A handler as the driver sees it; the host's hook table types it where it is registered. */
export type Handler<Args extends readonly unknown[]> = (...args: Args) => unknown;

/** The handlers of one plugin, in the order of their registration. */
export class PluginHandlers<Args extends readonly unknown[]> {
  readonly #entries: { readonly glob: string; readonly handler: Handler<Args> }[] = [];
  #changed: (() => void) | undefined;

  /** `name`: whom errors are attributed to. */
  constructor(readonly name: string) {}

  /** Adds a handler for topics that match a glob (fnmatch without flags: `*` also matches `.`). The same glob twice keeps both. */
  on(glob: string, handler: Handler<Args>): void {
    this.#entries.push({ glob, handler });
    this.#changed?.();
  }

  /** Removes all handlers that were registered with exactly this glob; true if there were any. */
  off(glob: string): boolean {
    const kept = this.#entries.filter((entry) => entry.glob !== glob);
    if (kept.length === this.#entries.length) return false;
    this.#entries.splice(0, Number.POSITIVE_INFINITY, ...kept);
    this.#changed?.();
    return true;
  }

  /** The first registered handler that matches: the only one of the plugin that a call reaches. */
  match(topic: string): Handler<Args> | undefined {
    return this.#entries.find(({ glob }) => glob === topic || fnmatch(glob, topic))?.handler;
  }

  /** The globs, in order. */
  get globs(): string[] {
    return this.#entries.map((entry) => entry.glob);
  }

  /** For the driver: told of every change. A table belongs to one driver at a time. */
  watch(changed: (() => void) | undefined): void {
    this.#changed = changed;
  }
}

/** One call of a topic on its way through the stack. `step` decides on going on: anything but undefined ends the call. */
interface Invocation<Args extends readonly unknown[]> {
  readonly topic: string;
  readonly args: Args;
  readonly step: (plugin: string, result: unknown) => unknown;
  /** Where failures go that don't stop the call; undefined: they do. */
  readonly failures: PluginError[] | undefined;
}

interface Stack<Args extends readonly unknown[]> {
  readonly sync: SyncBailHook<[Invocation<Args>], unknown>;
  readonly series: AsyncSeriesBailHook<[Invocation<Args>], unknown>;
  readonly parallel: AsyncParallelHook<[Invocation<Args>]>;
}

/** Topics are few, but an event's name can be anything: forget the stacks beyond this many. */
const MAX_TOPICS = 1024;

const goOn = () => undefined;

/**
 * The plugin stack of a host: an ordered list of plugins, and a few ways to call a topic over it. Of each plugin, in order, the first registered
 * handler that matches the topic is called. Failures are PluginErrors, which name plugin and topic. The list may change while a call runs; the
 * call goes on with the list it began with, and calls may nest.
 *
 * The stacks are tapable hooks, made for a topic when it is first called and thrown away when the list changes (tapable has no untap).
 * A topic without handlers costs one look into a map.
 *
 * The methods named Sync take no promises: a handler that returns one has failed. They run handlers before they return.
 */
export class HookDriver<Args extends readonly unknown[]> {
  #plugins: PluginHandlers<Args>[] = [];
  #stacks = this.#newStacks();
  #topics = 0;

  /** In call order. */
  get plugins(): readonly PluginHandlers<Args>[] {
    return this.#plugins;
  }

  /** Puts a plugin at the end of the stack. */
  add(plugin: PluginHandlers<Args>): void {
    this.#change([...this.#plugins, plugin]);
    plugin.watch(() => this.#reset());
  }

  /** Takes a plugin out of the stack; false if it is not there. */
  remove(plugin: PluginHandlers<Args>): boolean {
    if (!this.#plugins.includes(plugin)) return false;
    plugin.watch(undefined);
    this.#change(this.#plugins.filter((other) => other !== plugin));
    return true;
  }

  /** Whether any plugin handles the topic. */
  handles(topic: string): boolean {
    return this.#stack(topic).sync.isUsed();
  }

  /** One after the other, each awaited; the first failure ends the call. */
  async series(topic: string, ...args: Args): Promise<void> {
    await this.#runSeries({ topic, args, step: goOn, failures: undefined });
  }

  /** As series, at once. */
  seriesSync(topic: string, ...args: Args): void {
    this.#runSync({ topic, args, step: goOn, failures: undefined });
  }

  /** One after the other, each awaited; a failing one does not keep the others from being called. Returns the failures. */
  async each(topic: string, ...args: Args): Promise<PluginError[]> {
    const failures: PluginError[] = [];
    await this.#runSeries({ topic, args, step: goOn, failures });
    return failures;
  }

  /** As each, at once. */
  eachSync(topic: string, ...args: Args): PluginError[] {
    const failures: PluginError[] = [];
    this.#runSync({ topic, args, step: goOn, failures });
    return failures;
  }

  /** One after the other until one returns something other than undefined: that is the result, later plugins are not asked. */
  async first(topic: string, ...args: Args): Promise<unknown> {
    return this.#runSeries({ topic, args, step: (_plugin, result) => result, failures: undefined });
  }

  /** As first, at once. */
  firstSync(topic: string, ...args: Args): unknown {
    return this.#runSync({ topic, args, step: (_plugin, result) => result, failures: undefined });
  }

  /** One after the other; `fold` gets each result other than undefined before the next plugin is called, and may throw as the plugin. */
  async reduce(topic: string, fold: (result: unknown, plugin: string) => void, ...args: Args): Promise<void> {
    await this.#runSeries({ topic, args, step: folding(fold), failures: undefined });
  }

  /** As reduce, at once. */
  reduceSync(topic: string, fold: (result: unknown, plugin: string) => void, ...args: Args): void {
    this.#runSync({ topic, args, step: folding(fold), failures: undefined });
  }

  /** All at the same time; when all are done, fails with the first failure in stack order, if any. */
  async parallel(topic: string, ...args: Args): Promise<void> {
    const hook = this.#stack(topic).parallel;
    if (!hook.isUsed()) return;
    const failures: PluginError[] = [];
    await hook.promise({ topic, args, step: goOn, failures });
    const order = this.#plugins.map((plugin) => plugin.name);
    const [failure] = failures.sort((a, b) => order.indexOf(a.plugin) - order.indexOf(b.plugin));
    if (failure) throw failure;
  }

  #runSync(invocation: Invocation<Args>): unknown {
    const hook = this.#stack(invocation.topic).sync;
    return hook.isUsed() ? hook.call(invocation) : undefined;
  }

  async #runSeries(invocation: Invocation<Args>): Promise<unknown> {
    const hook = this.#stack(invocation.topic).series;
    return hook.isUsed() ? hook.promise(invocation) : undefined;
  }

  #stack(topic: string): Stack<Args> {
    return this.#stacks.get(topic) ?? this.#build(topic);
  }

  #build(topic: string): Stack<Args> {
    if (this.#topics === MAX_TOPICS) this.#reset();
    this.#topics++;
    return this.#stacks.for(topic);
  }

  #newStacks(): HookMap<Stack<Args>> {
    return new HookMap((topic: string) => {
      const names = ['invocation'] as const;
      const stack: Stack<Args> = {
        sync: new SyncBailHook(names),
        series: new AsyncSeriesBailHook(names),
        parallel: new AsyncParallelHook(names),
      };
      for (const plugin of this.#plugins) {
        const handler = plugin.match(topic);
        if (!handler) continue;
        stack.sync.tap(plugin.name, (invocation) => callSync(plugin.name, handler, invocation));
        stack.series.tapPromise(plugin.name, (invocation) => call(plugin.name, handler, invocation));
        stack.parallel.tapPromise(plugin.name, async (invocation) => void (await call(plugin.name, handler, invocation)));
      }
      return stack;
    });
  }

  #change(plugins: PluginHandlers<Args>[]): void {
    this.#plugins = plugins;
    this.#reset();
  }

  #reset(): void {
    this.#stacks = this.#newStacks();
    this.#topics = 0;
  }
}

function callSync<Args extends readonly unknown[]>(plugin: string, handler: Handler<Args>, invocation: Invocation<Args>): unknown {
  try {
    const result = handler(...invocation.args);
    if (isPromise(result)) throw strayPromise(result);
    return invocation.step(plugin, result);
  } catch (e) {
    return failed(plugin, e, invocation);
  }
}

async function call<Args extends readonly unknown[]>(
  plugin: string,
  handler: Handler<Args>,
  invocation: Invocation<Args>,
): Promise<unknown> {
  try {
    return invocation.step(plugin, await handler(...invocation.args));
  } catch (e) {
    return failed(plugin, e, invocation);
  }
}

function failed<Args extends readonly unknown[]>(plugin: string, e: unknown, { topic, failures }: Invocation<Args>): undefined {
  const error = new PluginError(plugin, topic, e);
  if (!failures) throw error;
  failures.push(error);
}

function strayPromise(promise: PromiseLike<unknown>): FluxError {
  promise.then(undefined, () => {}); // what it may reject with comes too late to matter: this call has failed
  return new FluxError('EINVAL', 'returned a promise, where handlers must be synchronous');
}

function folding(fold: (result: unknown, plugin: string) => void) {
  return (plugin: string, result: unknown): undefined => {
    if (result !== undefined) fold(result, plugin);
  };
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
