import { type Flux, kvs, type Treeobj } from 'flux';
import { createDirref, Payload } from 'flux/internal';

export interface Root {
  rootref: string;
  rootseq: number;
}

/** What is looked up, and as whom. */
export interface Query {
  key: string;
  flags: number;
  userid: number;
  rolemask: number;
  /** Give only what a value has from this byte on. */
  offset?: number;
}

/** A result at one root: undefined where the key is absent. */
export interface Result {
  found: Treeobj | undefined;
  /** The response that carries it, made once for all who get it. */
  payload: Payload | undefined;
  /** Of a query with an offset: bytes of the whole value. */
  length: number | undefined;
}

/** A root of a namespace, and what was looked up in it: those who watch the same key share one lookup. */
export class Snapshot {
  readonly root: Root;
  readonly #flux: Flux;
  readonly #results = new Map<string, Promise<Result>>();

  constructor(flux: Flux, root: Root) {
    this.#flux = flux;
    this.root = root;
  }

  lookup(query: Query): Promise<Result> {
    const { key, flags, userid, rolemask, offset = '' } = query;
    const name = `${userid} ${rolemask} ${flags} ${offset} ${key}`;
    const known = this.#results.get(name);
    if (known) return known;
    const result = this.#lookup(query);
    this.#results.set(name, result);
    return result;
  }

  async #lookup({ key, flags, userid, rolemask, offset }: Query): Promise<Result> {
    const { rootref, rootseq } = this.root;
    const request = { key, flags, rootdir: createDirref(rootref), rootseq, ...(offset === undefined ? {} : { offset }) };
    const { val, length } = await this.#flux.call(kvs.lookupPlus, request, { userid, rolemask });
    return { found: val, payload: val && Payload.json({ val }), length };
  }
}
