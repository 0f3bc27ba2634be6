import { FluxError, IdSet } from 'flux';

/** hwloc XML by rank; ranks with equal documents share one. */
export class XmlMap {
  readonly #ranksOf = new Map<string, IdSet>();

  /** Documents by sets of ranks. @throws FluxError EPROTO unless these are idsets */
  static fromJSON(value: Readonly<Record<string, string>>): XmlMap {
    const map = new XmlMap();
    for (const [ranks, xml] of Object.entries(value)) map.add(parse(ranks), xml);
    return map;
  }

  get ranks(): IdSet {
    return [...this.#ranksOf.values()].reduce((all, ranks) => all.addSet(ranks), new IdSet());
  }

  /** Number of different documents. */
  get objects(): number {
    return this.#ranksOf.size;
  }

  add(ranks: IdSet, xml: string): void {
    this.#ranksOf.set(xml, this.#ranksOf.get(xml)?.union(ranks) ?? ranks.clone());
  }

  addAll(other: XmlMap): void {
    for (const [xml, ranks] of other.#ranksOf) this.add(ranks, xml);
  }

  /** Documents of ranks 0 to size - 1, null where there is none. */
  toArray(size: number): (string | null)[] {
    const array: (string | null)[] = new Array(size).fill(null);
    for (const [xml, ranks] of this.#ranksOf) for (const rank of ranks) if (rank < size) array[rank] = xml;
    return array;
  }

  toJSON(): Record<string, string> {
    return Object.fromEntries([...this.#ranksOf].map(([xml, ranks]) => [ranks.encode(), xml]));
  }
}

function parse(ranks: string): IdSet {
  try {
    return IdSet.parse(ranks);
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}
