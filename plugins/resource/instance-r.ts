import { decodeJson, FluxError, Raw } from 'flux';
import { type ResourceMethod, Rlist, spacedJson } from 'flux/internal';

/** An R with the way it was found. */
export interface KnownR {
  method: ResourceMethod;
  /** Its JSON text: what is stored and sent. */
  text: string;
  rlist: Rlist;
}

/** A known R from a set, spaced as `resource.R` is (docs/protocol/resource-sched.md §4.2). */
export function knownR(method: ResourceMethod, rlist: Rlist): KnownR {
  return { method, rlist, text: spacedJson(decodeJson(rlist.encode(), { reals: true })) };
}

/** A known R from its text. @throws FluxError EINVAL `error parsing R: TEXT` */
export function parseKnownR(method: ResourceMethod, text: string): KnownR {
  try {
    return { method, text, rlist: Rlist.fromR(text) };
  } catch (e) {
    throw new FluxError('EINVAL', `error parsing R: ${e instanceof FluxError ? (e.text ?? '') : String(e)}`, { cause: e });
  }
}

/** What a rank knows of the resources of the instance. */
export class InstanceR {
  #known: KnownR | undefined;

  get known(): KnownR | undefined {
    return this.#known;
  }

  set(known: KnownR): void {
    this.#known = known;
  }

  /** @throws FluxError ENOENT while it is unknown */
  require(): KnownR {
    if (!this.#known) throw new FluxError('ENOENT');
    return this.#known;
  }

  /** R as a member of a message. @throws FluxError ENOENT while it is unknown */
  get payload(): Raw {
    return new Raw(this.require().text);
  }
}
