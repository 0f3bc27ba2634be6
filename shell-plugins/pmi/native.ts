import { Kvs, type Shell } from 'flux';
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
    const transaction = this.#kvs.transaction();
    for (const [key, value] of Object.entries(values)) transaction.put(`pmi.${key}`, value);
    await this.#kvs.fence(`${jobid}PMI${this.#sequence++}`, size, transaction);
    return {};
  }

  async lookup(key: string): Promise<string | undefined> {
    return (await this.#kvs.find(`pmi.${key}`))?.text;
  }

  get #kvs(): Kvs {
    return new Kvs(this.#shell.flux, { namespace: this.#shell.host.namespace });
  }
}
