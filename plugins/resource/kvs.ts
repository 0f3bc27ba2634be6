import { type Flux, isErrno } from 'flux';
import { createVal } from 'flux/internal';

const APPEND = 32;

/** The keys of the primary KVS namespace that the resource module owns: `resource.R` and `resource.eventlog`. */
export class ResourceKvs {
  readonly #flux: Flux;

  constructor(flux: Flux) {
    this.#flux = flux;
  }

  /** Text of a key; undefined if it is not there. */
  async get(key: string): Promise<string | undefined> {
    try {
      const { val } = await this.#flux.rpc<{ val: { data: string } }>('kvs.lookup', { key, namespace: 'primary', flags: 0 });
      return Buffer.from(val.data, 'base64').toString('utf8');
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  }

  put(key: string, text: string): Promise<void> {
    return this.#commit(key, text, 0);
  }

  append(key: string, text: string): Promise<void> {
    return this.#commit(key, text, APPEND);
  }

  async #commit(key: string, text: string, flags: number): Promise<void> {
    await this.#flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops: [{ key, flags, dirent: createVal(text) }] });
  }
}
