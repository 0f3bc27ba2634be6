import { FluxError } from '../../sys/errors';

/** Named references that keep a shell running (flux_shell_add_completion_ref(3)). */
export class CompletionRefs {
  readonly #counts = new Map<string, number>();
  #wake: () => void = () => {};

  /** Returns the new count of that name. */
  add(name: string): number {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }

  /** Returns the new count. @throws FluxError ENOENT for an unknown name */
  remove(name: string): number {
    const count = this.#counts.get(name);
    if (count === undefined) throw new FluxError('ENOENT');
    if (count > 1) this.#counts.set(name, count - 1);
    else this.#counts.delete(name);
    if (this.#counts.size === 0) this.#wake();
    return count - 1;
  }

  /** Resolves when there are none: at once if there are none now, whatever has come and gone before, else when the last one goes. */
  async empty(): Promise<void> {
    while (this.#counts.size > 0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }
}
