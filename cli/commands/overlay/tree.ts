import { Hostlist } from '../../../core/formats/hostlist';
import type { IdSet } from '../../../core/formats/idset';
import type { Flux } from '../../../core/handle/flux';
import { isErrno } from '../../../core/sys/errors';
import { CommandError } from '../../command';

/** What the attributes of an instance say about its tree: who is whose parent (k-ary, docs/protocol/wire.md §7), and on which host. */
export class Tree {
  readonly #size: number;
  readonly #fanout: number;
  readonly #hosts: string[];

  private constructor(size: number, fanout: number, hosts: string[]) {
    this.#size = size;
    this.#fanout = fanout;
    this.#hosts = hosts;
  }

  static async of(flux: Flux): Promise<Tree> {
    const [size, fanout, hostlist] = await Promise.all([flux.size(), flux.getattr('tbon.fanout'), hostlistOf(flux)]);
    return new Tree(size, Number(fanout), [...Hostlist.parse(hostlist)]);
  }

  parentOf(rank: number): number {
    if (rank === 0) throw new CommandError('0 has no parent');
    if (rank >= this.#size) throw new CommandError(`${rank} is not a valid rank in this instance`);
    return Math.floor((rank - 1) / this.#fanout);
  }

  findHost(rank: number): string | undefined {
    return this.#hosts[rank];
  }

  hostOf(rank: number): string {
    const host = this.findHost(rank);
    if (host === undefined) throw new CommandError(`rank ${rank} is not found in host map`);
    return host;
  }

  /** Hosts of the ranks, in their order, as a hostlist. */
  hostlist(ranks: IdSet): string {
    return Hostlist.of(...[...ranks].map((rank) => this.hostOf(rank))).encode();
  }
}

/** Empty in an instance whose configuration names no hosts. */
async function hostlistOf(flux: Flux): Promise<string> {
  try {
    return await flux.getattr('hostlist');
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return '';
    throw e;
  }
}
