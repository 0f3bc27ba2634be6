import type { TreeDirref } from '../formats/treeobj';
import type { Flux } from '../handle';
import { kvs } from '../protocol/kvs';
import { FluxError } from '../sys/errors';
import { KvsResult, type KvsWanted, lookupFlags } from './kvs-lookup';
import { KvsReader } from './kvs-reader';

/**
 * A namespace, or a directory of it, as it was: what is read here never changes (flux_kvs_lookupat(3)). Links in it that name no namespace are followed in it.
 * ENOENT: the instance does not have this root.
 */
export class KvsSnapshot extends KvsReader<never> {
  readonly #flux: Flux;

  constructor(
    flux: Flux,
    /** Its reference: how it is named to others, and put under a key (KvsTransaction.putTreeobj). */
    readonly root: TreeDirref,
  ) {
    super();
    this.#flux = flux;
  }

  async lookup(key: string, wanted: KvsWanted = 'value'): Promise<KvsResult> {
    if (key === '') throw new FluxError('EINVAL');
    const { val } = await this.#flux.call(kvs.lookup, { key, flags: lookupFlags(wanted), rootdir: this.root });
    return new KvsResult(val);
  }
}
