import { type kvs, type ReturnedBy, real } from 'flux';
import type { Namespace } from './namespace';
import type { CacheStats } from './object-cache';

/** Objects that the content store does not have yet. */
interface Dirty {
  dirty: number;
}

/** Statistics of a rank (docs/protocol/kvs.md §4.5). `ready`: transactions queued for a namespace. */
export function statsPayload(
  cache: CacheStats & Dirty,
  namespaces: Iterable<Namespace>,
  ready: (namespace: Namespace) => number,
): ReturnedBy<typeof kvs.statsGet> {
  const perNamespace = Object.fromEntries(
    [...namespaces].map((namespace) => [
      namespace.name,
      {
        '#syncers': namespace.syncerCount,
        '#no-op stores': namespace.noopStores,
        '#transactions': namespace.waiting.size,
        '#readytransactions': ready(namespace),
        'store revision': namespace.root.rootseq,
      },
    ]),
  );
  return { cache: cachePayload(cache), namespace: Object.keys(perNamespace).length > 0 ? perNamespace : { primary: nothingKnown } };
}

const nothingKnown = { '#watchers': 0, '#no-op stores': 0, '#transactions': 0, '#readytransactions': 0, 'store revision': 0 };

function cachePayload({ sizes, incomplete, faults, dirty }: CacheStats & Dirty): object {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const kilobytes = sizes.map((size) => size / 1000);
  return {
    'obj size total (MiB)': real(total / 1048576),
    'obj size (KiB)': summary(kilobytes),
    '#obj dirty': dirty,
    '#obj incomplete': incomplete,
    '#faults': faults,
  };
}

function summary(values: readonly number[]): object {
  const count = values.length;
  const mean = count === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    count,
    min: real(values.reduce((least, value) => Math.min(least, value), values[0] ?? 0)),
    mean: real(mean),
    stddev: real(count > 1 ? Math.sqrt(squares / (count - 1)) : 0),
    max: real(values.reduce((most, value) => Math.max(most, value), 0)),
  };
}
