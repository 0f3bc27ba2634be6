import type { Shell } from '../../plugin/types/shell-objects';

/** A shell as callbacks are made for it: each plugin is given a view of its own, the same one all the time. */
export class Views {
  readonly #views = new Map<string, Shell>();
  readonly #make: (plugin: string) => Shell;

  /** `make`: the view that a plugin of this name gets. */
  constructor(make: (plugin: string) => Shell) {
    this.#make = make;
  }

  of(plugin: string): Shell {
    const view = this.#views.get(plugin) ?? this.#make(plugin);
    this.#views.set(plugin, view);
    return view;
  }
}
