/** Most values that are remembered. */
const MAX_KNOWN = 256;

interface Known {
  refs: readonly string[];
  length: number;
}

/**
 * How long the values of lists of references are that were read: who has read a growing value up to there need not load it again for what came behind. Lists
 * are compared reference by reference: another value of the same length is not taken for it.
 */
export class KnownLengths {
  readonly #known = new Map<string, Known>();

  /** How many of the references make up the first `length` bytes, if that is known. */
  countOf(refs: readonly string[], length: number): number | undefined {
    const known = this.#known.get(nameOf(refs, length));
    if (!known || known.refs.length > refs.length) return undefined;
    return known.refs.every((ref, i) => ref === refs[i]) ? known.refs.length : undefined;
  }

  /** Remembers that the value of these references has this length. `before`: the one that it grew from, which is forgotten. */
  learn(refs: readonly string[], length: number, before: number): void {
    this.#known.delete(nameOf(refs, before));
    this.#known.set(nameOf(refs, length), { refs, length });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_KNOWN) break;
      this.#known.delete(oldest);
    }
  }
}

const nameOf = (refs: readonly string[], length: number) => `${length} ${refs[0]}`;
