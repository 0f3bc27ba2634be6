import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** Values that outlive the instance, by key, in its backing store; on rank 0 alone (docs/protocol/content.md §4). The KVS keeps its root so. */
export const kvsCheckpoint = service('kvs-checkpoint', {
  /** The value that was put under a key last. */
  get: method({
    role: 'owner',
    request: t.wire({ key: t.string() }),
    response: t.wire({ value: t.string() }),
    errors: { ENOENT: 'nothing was put under this key', EINVAL: 'no key for this store' },
  }),
  /** Replaces what was there. The value may be empty, the key may not. */
  put: method({ role: 'owner', request: t.wire({ key: t.string(), value: t.string() }), errors: { EINVAL: 'no key for this store' } }),
});
