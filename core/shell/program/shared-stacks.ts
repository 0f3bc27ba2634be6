import { isCPlugin } from '../../plugin/search';
import { builtinPlugins, builtinStack } from '../stack/builtins';
import type { PluginStack } from '../stack/stack';
import { fileStamp } from './file-stamps';

/** A stack in use by a shell. */
export interface StackLease {
  readonly stack: PluginStack;
  /** Whether it has, or will have when this shell's initrc has run, exactly the plugins that the shell would load by itself: `files` for `*.so`. */
  suits(files: readonly string[]): boolean;
  release(): void;
}

interface SharedStack {
  stack: PluginStack;
  stamps: Map<string, string | undefined>;
  shells: number;
}

/**
 * The plugin stack that all shells of a host share: set up once, as hooks and plugins cost more than a job takes. It is replaced when a file of it has
 * changed, or when a shell came that looks for plugins elsewhere; the old one goes with its last shell.
 */
export class SharedStacks {
  readonly #make: () => PluginStack;
  #current: SharedStack | undefined;

  constructor(folder: string, write: (line: string) => void, scope: () => AbortSignal | undefined) {
    this.#make = () => builtinStack(folder, write, scope);
  }

  lease(): StackLease {
    if (this.#current && !isFresh(this.#current)) this.#retire();
    this.#current ??= { stack: this.#make(), stamps: new Map(), shells: 0 };
    const shared = this.#current;
    remember(shared);
    shared.shells++;
    return {
      stack: shared.stack,
      suits: (files) => {
        if (suits(shared.stack, files)) return true;
        if (this.#current === shared) this.#retire();
        return false;
      },
      release: () => {
        remember(shared);
        if (--shared.shells === 0 && shared !== this.#current) shared.stack.dispose();
      },
    };
  }

  dispose(): void {
    this.#retire();
  }

  #retire(): void {
    if (this.#current?.shells === 0) this.#current.stack.dispose();
    this.#current = undefined;
  }
}

function suits(stack: PluginStack, files: readonly string[]): boolean {
  const [builtins, others] = divide(stack);
  const wanted = files.filter((file) => !builtins.includes(file) && !isCPlugin(file));
  return others.length === 0 || (others.length === wanted.length && others.every((file) => wanted.includes(file)));
}

/** Files of the builtin plugins and of those that an initrc has loaded. */
function divide({ plugins }: PluginStack): [builtins: string[], others: string[]] {
  const files = plugins.flatMap(({ path }) => (path === undefined ? [] : [path]));
  return [files.slice(0, builtinPlugins.length), files.slice(builtinPlugins.length)];
}

function remember({ stack, stamps }: SharedStack): void {
  for (const { files } of stack.plugins) for (const file of files) if (!stamps.has(file)) stamps.set(file, fileStamp(file));
}

function isFresh({ stack, stamps }: SharedStack): boolean {
  return stack.plugins.every(({ files }) => files.every((file) => !stamps.has(file) || stamps.get(file) === fileStamp(file)));
}
