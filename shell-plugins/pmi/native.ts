import { isErrno, type Shell } from 'flux';
import { createVal, type TreeVal, valBytes } from 'flux/internal';
import type { PmiKvs, Values } from './exchange';

/** Option pmi.kvs=native: values go through the KVS, committed by a fence of all shells. */
export class NativeKvs implements PmiKvs {
  readonly #shell: Shell;
  #sequence = 0;

  constructor(shell: Shell) {
    this.#shell = shell;
  }

  async exchange(values: Values): Promise<Values> {
    const { jobid, size } = this.#shell.info;
    const ops = Object.entries(values).map(([key, value]) => ({ key: `pmi.${key}`, flags: 0, dirent: createVal(value) }));
    const name = `${jobid}PMI${this.#sequence++}`;
    await this.#shell.flux.rpc('kvs.fence', { name, nprocs: size, namespace: this.#shell.host.namespace, flags: 0, ops });
    return {};
  }

  async lookup(key: string): Promise<string | undefined> {
    try {
      const { val } = await this.#shell.flux.rpc<{ val: TreeVal }>('kvs.lookup', {
        key: `pmi.${key}`,
        namespace: this.#shell.host.namespace,
        flags: 0,
      });
      return valBytes(val).toString('utf8');
    } catch (e) {
      if (isErrno(e, 'ENOENT')) return undefined;
      throw e;
    }
  }
}
