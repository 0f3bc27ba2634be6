import { FluxError } from 'flux';
import type { Transaction } from './transaction';

/** One contribution to a fence. */
export interface FencePart {
  name: string;
  nprocs: number;
  flags: number;
  ops: readonly unknown[];
}

interface Fence {
  nprocs: number;
  flags: number;
  count: number;
  ops: unknown[];
}

/** The fences of a namespace that are not done: operations of many requests, to be committed as one (docs/protocol/kvs.md §4.3). */
export class Fences {
  readonly #fences = new Map<string, Fence>();

  /** EINVAL: no such fence can be, or it is another one by flags or nprocs; EOVERFLOW: it is complete already. */
  check({ name, nprocs, flags }: Omit<FencePart, 'ops'>): void {
    if (nprocs <= 0) throw new FluxError('EINVAL');
    const fence = this.#fences.get(name);
    if (!fence) return;
    if (fence.nprocs !== nprocs || fence.flags !== flags) throw new FluxError('EINVAL');
    if (fence.count === fence.nprocs) throw new FluxError('EOVERFLOW');
  }

  /** Adds a part; the transaction if it was the last. The name is taken until done() is called. */
  add(part: FencePart): Transaction | undefined {
    this.check(part);
    const { name, nprocs, flags, ops } = part;
    const fence = this.#fences.get(name) ?? { nprocs, flags, count: 0, ops: [] };
    this.#fences.set(name, fence);
    fence.count++;
    for (const op of ops) fence.ops.push(op);
    return fence.count === nprocs ? { names: [name], flags, ops: fence.ops } : undefined;
  }

  /** The transactions of these names have ended. */
  done(names: readonly string[]): void {
    for (const name of names) this.#fences.delete(name);
  }

  /** Forgets all; the names of the incomplete ones. */
  abandon(): string[] {
    const incomplete = [...this.#fences].filter(([, { count, nprocs }]) => count < nprocs).map(([name]) => name);
    this.done(incomplete);
    return incomplete;
  }
}
