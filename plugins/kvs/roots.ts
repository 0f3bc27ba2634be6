import type { FencePart } from './leader/fence';
import type { Namespace } from './namespace';

/** A commit as its rank sends it on. */
export interface CommitPart {
  name: string;
  flags: number;
  ops: readonly unknown[];
}

/** Who knows the roots of namespaces, and brings transactions to them: the leader itself on rank 0, a follower of its events elsewhere. */
export interface Roots {
  /** A namespace that exists. ENOTSUP: it doesn't. */
  namespace(name: string): Namespace | Promise<Namespace>;
  /** Namespaces known here. */
  readonly known: Iterable<Namespace>;
  /** Hands a commit on. Requests that wait for its name in the namespace are answered when it is done. */
  commit(namespace: Namespace, part: CommitPart): void | Promise<void>;
  /** Hands a part of a fence on. EINVAL, EOVERFLOW: it is no part of it. */
  fence(namespace: Namespace, part: FencePart): void | Promise<void>;
  /** A client is told of a directory by its reference, and may look things up in it whenever it likes. */
  expose(ref: string): void;
  /** Transactions queued for a namespace here. */
  ready(namespace: Namespace): number;
  /** Called about once a heartbeat: forgets namespaces that are done with. */
  tick(): void;
}
