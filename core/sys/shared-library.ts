import type { LibraryHandle } from 'koffi';
import { errorText, FluxError } from './errors';
import { loadKoffi } from './ffi';

/** A function of C that runs on a thread beside the event loop; its memory arguments belong to it until it has returned. */
export type CFunction = (...args: unknown[]) => Promise<number>;

/** A shared library that is no part of this program: opened at run time, as dlopen(3) does, by path or by the name that the dynamic linker looks up. */
export class SharedLibrary {
  readonly #library: LibraryHandle;

  private constructor(
    readonly name: string,
    library: LibraryHandle,
  ) {
    this.#library = library;
  }

  /** Its symbols are there for libraries that it loads in turn (RTLD_GLOBAL). Throws ELIBACC with the dynamic linker's words. */
  static open(name: string): SharedLibrary {
    try {
      return new SharedLibrary(name, loadKoffi().load(name, { global: true }));
    } catch (e) {
      throw new FluxError('ELIBACC', errorText(e), { cause: e });
    }
  }

  /** True if it exports such a symbol, function or not. */
  has(symbol: string): boolean {
    try {
      this.#library.symbol(symbol);
      return true;
    } catch {
      return false; // koffi has no other answer
    }
  }

  /** A function that gives an int, by its C declaration. Throws ELIBACC if the library does not export it. */
  function(declaration: string): CFunction {
    try {
      const call = this.#library.func(declaration);
      return (...args) =>
        new Promise((resolve, reject) => call.async(...args, (e: unknown, result: number) => (e ? reject(e) : resolve(result))));
    } catch (e) {
      throw new FluxError('ELIBACC', `${this.name}: ${errorText(e)}`, { cause: e });
    }
  }

  /** Unloads it: only for one that none of was called. */
  unload(): void {
    this.#library.unload();
  }
}
