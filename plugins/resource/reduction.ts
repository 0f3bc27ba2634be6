import { FluxError, type ReadBy, type resource } from 'flux';
import { Rlist } from 'flux/internal';
import type { LocalResources } from './local';
import { XmlMap } from './xml-map';

/** What a subtree has, as it goes upstream (resource.topo-reduce). */
export interface SubtreeResources {
  /** Number of ranks. */
  count: number;
  rlist: Rlist;
  xml: XmlMap;
}

/** Collects the resources of a subtree: of this rank and of all its descendants (docs/protocol/resource-sched.md §6.5). */
export class Reduction implements SubtreeResources {
  readonly #expected: number;
  readonly #complete: (whole: SubtreeResources) => void;
  count = 0;
  rlist = new Rlist();
  readonly xml = new XmlMap();

  /** `complete` is called once, when all ranks of the subtree are in. */
  constructor(descendants: number, complete: (whole: SubtreeResources) => void) {
    this.#expected = descendants + 1;
    this.#complete = complete;
  }

  get done(): boolean {
    return this.count >= this.#expected;
  }

  addLocal(rank: number, { rlist, xml }: LocalResources): void {
    const map = new XmlMap();
    map.add(rlist.ranks().add(rank), xml);
    this.#add({ count: 1, rlist, xml: map });
  }

  /** A child's report; one of ranks that are in already is ignored. */
  receive({ count, resource: R, xml }: ReadBy<typeof resource.topoReduce>): void {
    this.#add({ count, rlist: decodeSet(R), xml: XmlMap.fromJSON(xml) });
  }

  #add({ count, rlist, xml }: SubtreeResources): void {
    if (this.done || this.xml.ranks.hasIntersection(xml.ranks)) return;
    this.rlist = this.rlist.append(rlist);
    this.xml.addAll(xml);
    this.count += count;
    if (this.done) this.#complete(this);
  }
}

/** The payload of resource.topo-reduce. */
export function reductionPayload({ count, rlist, xml }: SubtreeResources) {
  return { count, resource: rlist.toR(), xml: xml.toJSON() };
}

function decodeSet(R: object): Rlist {
  try {
    return Rlist.fromR(R);
  } catch (e) {
    throw new FluxError('EPROTO', undefined, { cause: e });
  }
}
