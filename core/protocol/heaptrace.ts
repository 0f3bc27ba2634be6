import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const errors = { ENOSYS: 'the broker has no heap profiler' } as const;

/** Heap profiling (docs/protocol/broker.md §4, flux-heaptrace(1)). */
export const heaptrace = service('heaptrace', {
  /** Would write a heap profile to files that begin so. */
  start: method({ role: 'owner', request: t.wire({ filename: t.string() }), errors }),
  /** Would write what there is now. */
  dump: method({ role: 'owner', request: t.wire({ reason: t.string() }), errors }),
  /** Would end the profile. */
  stop: method({ role: 'owner', errors }),
});
