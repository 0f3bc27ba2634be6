import { binary } from './operators';
import { call, items, numeric, PyNamespace, type PyVal, truth } from './values';

/** The finite part of Python's itertools: each function gives the list of what its iterator yields. */
export const itertoolsModule = new PyNamespace('itertools', {
  chain: (lists) => lists.flatMap(items),
  product: (lists, named) => {
    const factors = lists.map(items);
    return product(Array.from({ length: numeric(named.get('repeat') ?? 1)! }, () => factors).flat());
  },
  permutations: ([list = [], length = null]) => arrangements(items(list), numeric(length) ?? items(list).length),
  combinations: ([list = [], length = 0]) => combinations(items(list), numeric(length)!),
  accumulate: ([list = [], add = null]) => accumulate(items(list), add),
  repeat: ([value = null, times = 0]) => Array.from({ length: Math.max(numeric(times)!, 0) }, () => value),
  islice: ([list = [], ...bounds]) => islice(items(list), bounds),
  starmap: ([f = null, list = []]) => items(list).map((args) => call(f, ...items(args))),
  takewhile: ([f = null, list = []]) => items(list).slice(0, failing(f, items(list))),
  dropwhile: ([f = null, list = []]) => items(list).slice(failing(f, items(list))),
  zip_longest: (lists, named) => {
    const all = lists.map(items);
    const length = Math.max(0, ...all.map((list) => list.length));
    return Array.from({ length }, (_, i) => all.map((list) => (i < list.length ? list[i]! : (named.get('fillvalue') ?? null))));
  },
});

/** Every choice of one item of each list, the last list fastest. */
function product(lists: readonly PyVal[][]): PyVal[][] {
  return lists.reduce<PyVal[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}

function arrangements(list: readonly PyVal[], length: number): PyVal[][] {
  if (length === 0) return [[]];
  return list.flatMap((item, i) => arrangements([...list.slice(0, i), ...list.slice(i + 1)], length - 1).map((rest) => [item, ...rest]));
}

function combinations(list: readonly PyVal[], length: number): PyVal[][] {
  if (length === 0) return [[]];
  return list.flatMap((item, i) => combinations(list.slice(i + 1), length - 1).map((rest) => [item, ...rest]));
}

function accumulate(list: readonly PyVal[], add: PyVal): PyVal[] {
  const sums: PyVal[] = [];
  for (const item of list) {
    const last = sums.at(-1);
    sums.push(last === undefined ? item : add === null ? binary('+', last, item) : call(add, last, item));
  }
  return sums;
}

/** `stop`, or `start, stop[, step]`. */
function islice(list: readonly PyVal[], bounds: readonly PyVal[]): PyVal[] {
  const [start = 0, stop = null, step = 1] = bounds.length > 1 ? bounds : [0, ...bounds];
  const every = numeric(step) ?? 1;
  return list.slice(numeric(start) ?? 0, numeric(stop)).filter((_, i) => i % every === 0);
}

/** The index of the first item that `f` is false for. */
function failing(f: PyVal, list: readonly PyVal[]): number {
  const at = list.findIndex((item) => !truth(call(f, item)));
  return at < 0 ? list.length : at;
}
