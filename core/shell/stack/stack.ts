import type { Tagged } from '../../plugin/define';
import { HookDriver, PluginHandlers } from '../../plugin/driver';
import { OwnedResources } from '../../plugin/owned';
import type { Log, Undo } from '../../plugin/types/common';
import type { ShellPluginContext, ShellPluginDefinition } from '../../plugin/types/shell';
import type { Shell } from '../../plugin/types/shell-objects';
import { errorStack } from '../../sys/errors';
import { LoggedError } from '../errors';
import { Views } from './views';

/** Settings that a stack's plugin is made with. */
export interface InstantiateOptions {
  path?: string | undefined;
  conf?: object | undefined;
  /** The plugin's files; default: `path`. */
  files?: readonly string[];
  log: HostLog;
  /** For a stack of many shells: ends with the shell that is being called. Timers that a plugin sets then end with it. */
  scope?: (() => AbortSignal | undefined) | undefined;
}

/** Arguments that handlers are called with: (shell, args, topic), in task.* callbacks (task, shell, topic). A shell is given as its {@link Views}. */
export type HookArgs = [subject: unknown, detail: unknown, topic: string];

/** A plugin in a stack. */
export interface StackPlugin {
  readonly name: string;
  readonly path: string | undefined;
  /** All that it was loaded from. */
  readonly files: readonly string[];
  readonly handlers: PluginHandlers<HookArgs>;
  /** Shell options that it declares. */
  readonly options: readonly string[];
  /** Joins a shell's stack; throws if it can't. */
  join(shell: Shell): void;
  dispose(): void;
}

/** Where the plugins of a host log what belongs to no shell. */
export type HostLog = (plugin: string) => Log;

/** The definition of a shell plugin, its conf type erased. */
export type ShellDefinition = Tagged<ShellPluginDefinition<unknown>, 'shell'>;

/**
 * The plugin stack of a shell, or of many that are set up alike (docs/protocol/shell-initrc.md §1): in the order of loading, names are unique. A
 * plugin whose name is there already removes the old one and goes to the end.
 */
export class PluginStack {
  readonly #driver = new HookDriver<HookArgs>();
  readonly #plugins = new Map<string, StackPlugin>();

  readonly #once = new Map<string, StackPlugin>();

  /** `log`: where plugins log what belongs to no shell. `scope`: see {@link InstantiateOptions}; a stack that has one is shared by many shells. */
  constructor(
    readonly log: HostLog,
    readonly scope?: () => AbortSignal | undefined,
  ) {}

  /** Adds what each shell of the stack would add, the first time. */
  addOnce(key: string, make: () => StackPlugin): void {
    const there = this.#once.get(key);
    if (there && this.#plugins.get(there.name) === there) return;
    const plugin = make();
    this.#once.set(key, plugin);
    this.add(plugin);
  }

  add(plugin: StackPlugin): void {
    this.remove(plugin.name);
    this.#plugins.set(plugin.name, plugin);
    this.#driver.add(plugin.handlers);
  }

  remove(name: string): boolean {
    const plugin = this.#plugins.get(name);
    if (!plugin) return false;
    this.#plugins.delete(name);
    this.#driver.remove(plugin.handlers);
    plugin.dispose();
    return true;
  }

  /** In call order. */
  get plugins(): readonly StackPlugin[] {
    return [...this.#plugins.values()];
  }

  get driver(): HookDriver<HookArgs> {
    return this.#driver;
  }

  dispose(): void {
    for (const name of [...this.#plugins.keys()].reverse()) this.remove(name);
  }
}

/** Makes a stack's plugin of a definition: runs its setup. Its handlers get the shell as this plugin sees it. */
export function instantiate(definition: ShellDefinition, options: InstantiateOptions): StackPlugin {
  const { path, conf, log, scope } = options;
  const { name } = definition;
  const handlers = new PluginHandlers<HookArgs>(name);
  const hostLog = log(name);
  const owned = new OwnedResources((where, e) => {
    if (!(e instanceof LoggedError)) hostLog.err(`${where}: ${errorStack(e)}`);
  });
  const scoped = (undo: Undo): Undo => {
    scope?.()?.addEventListener('abort', undo, { once: true });
    return undo;
  };
  const context = {
    name,
    path,
    conf: definition.config ? definition.config.parse(conf ?? {}, { name }) : (conf ?? {}),
    log: hostLog,
    signal: owned.signal,
    every: (ms: number, fn: () => void | Promise<void>) => scoped(owned.every(ms, fn)),
    after: (ms: number, fn: () => void | Promise<void>) => scoped(owned.after(ms, fn)),
    defer: owned.defer.bind(owned),
    on(topic: string, handler: (...args: HookArgs) => unknown): void {
      handlers.on(topic, (subject, detail, called) => handler(viewOf(name, subject), viewOf(name, detail), called));
    },
  };
  try {
    definition.setup(context as ShellPluginContext<unknown>);
  } catch (e) {
    void owned.dispose();
    throw e;
  }
  const files = options.files ?? (path === undefined ? [] : [path]);
  return {
    name,
    path,
    files,
    handlers,
    options: definition.options ?? [],
    join: (shell) => definition.join?.(shell),
    dispose: () => void owned.dispose(),
  };
}

function viewOf(plugin: string, subject: unknown): unknown {
  return subject instanceof Views ? subject.of(plugin) : subject;
}
