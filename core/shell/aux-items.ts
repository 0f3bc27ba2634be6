import type { Aux } from '../plugin/types-shell-objects';

interface Item {
  value: unknown;
  dispose: ((value: never) => void) | undefined;
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
    return this.#items.get(name)?.value as T | undefined;
  }

  set<T>(name: string, value: T | undefined, dispose?: (value: T) => void): void {
    const old = this.#items.get(name);
    this.#items.delete(name);
    if (value !== undefined) this.#items.set(name, { value, dispose: dispose as Item['dispose'] });
    this.#dispose(old);
  }

  /** Disposes all, the last set first. */
  clear(): void {
    const items = [...this.#items.values()].reverse();
    this.#items.clear();
    for (const item of items) this.#dispose(item);
  }

  #dispose(item: Item | undefined): void {
    if (!item?.dispose) return;
    try {
      item.dispose(item.value as never);
    } catch (e) {
      this.#onError(e);
    }
  }
}
