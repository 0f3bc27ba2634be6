import { t } from '../schema';
import { treeobj } from './kvs';
import { method } from './method';
import { service } from './service';

/** Lookups that are answered again when the key changes (docs/protocol/kvs.md §5). */
export const kvsWatch = service('kvs-watch', {
  /**
   * What stands under a key, now and after each change, or once. `flags`, besides those of kvs.lookup: 4 watch, which a stream alone may; 8 wait for the key, or
   * the namespace, to be made; 64 tell also of changes that don't name the key, where the result differs; 128 tell only where it differs; 256 tell what was
   * appended.
   */
  lookup: method({
    role: 'user',
    answers: 'either',
    request: t.wire({ namespace: t.string(), key: t.string(), flags: t.int() }),
    response: t.wire({ val: treeobj }),
    errors: {
      EPROTO: 'KVS watch request rejected without streaming RPC flag',
      ENODATA: 'it was cancelled',
      ENOENT: 'there is no such key, or it was removed',
      ENOTSUP: 'there is no such namespace, or it was removed',
      EPERM: "the namespace is another user's",
      EINVAL: 'what was to be appended to has become shorter, or is no value',
    },
  }),
  /** Ends the sender's watch of this matchtag. */
  cancel: method({ role: 'user', answers: 'never', request: t.wire({ matchtag: t.int() }) }),
  /** A client is gone: its watches end. */
  disconnect: method({ role: 'user', answers: 'never' }),
  /** Watches on this rank, in all and by namespace; of one whose root is not known yet `owner` and `rootseq` are -1, and `rootref` is `(null)`. */
  statsGet: method({
    name: 'stats.get',
    role: 'owner',
    response: t.wire({
      watchers: t.int(),
      'namespace-count': t.int(),
      namespaces: t.record(t.wire({ owner: t.int(), rootseq: t.int(), rootref: t.string(), watchers: t.int() })),
    }),
  }),
});
