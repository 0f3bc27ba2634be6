import type { Aux } from '../../plugin/types/shell-objects';
import { checkArguments } from './argument-checks';

interface Item {
  value: unknown;
  dispose: ((value: never) => void | Promise<void>) | undefined;
}

/** Named values of a shell or task (flux_shell_aux_set(3)). */
export class AuxItems implements Aux {
  readonly #items = new Map<string, Item>();
  readonly #onError: (e: unknown) => void;

  /** `onError`: told of what a disposer throws. */
  constructor(onError: (e: unknown) => void) {
    this.#onError = onError;
  }

  get<T>(name: string): T | undefined {
    checkArguments('aux.get', { name: [name, 'name'] });
    return this.#items.get(name)?.value as T | undefined;
  }

  set<T>(name: string, value: T | undefined, dispose?: (value: T) => void | Promise<void>): void {
    checkArguments('aux.set', { name: [name, 'name'], ...(dispose === undefined ? {} : { dispose: [dispose, 'function'] }) });
    const old = this.#items.get(name);
    this.#items.delete(name);
    if (value !== undefined) this.#items.set(name, { value, dispose: dispose as Item['dispose'] });
    void this.#dispose(old);
  }

  /** Disposes all, the last set first. Resolves when that is done. */
  async clear(): Promise<void> {
    const items = [...this.#items.values()].reverse();
    this.#items.clear();
    await Promise.all(items.map((item) => this.#dispose(item)));
  }

  async #dispose(item: Item | undefined): Promise<void> {
    try {
      await item?.dispose?.(item.value as never);
    } catch (e) {
      this.#onError(e);
    }
  }
}
