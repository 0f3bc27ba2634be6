import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/**
 * What an acknowledged store survives (attribute content.durability, which the backing module settles at load): the death of the broker process, a loss
 * of power, or, as in flux-core, neither: it may still be on its way to the backing store.
 */
export const contentDurabilities = ['process', 'power', 'none'] as const;

/** The content-addressed store of a rank: a cache over what stands behind it, the parent's or the backing store (docs/protocol/content.md §2). */
export const content = service('content', {
  /** The blob of a blobref; nothing for the empty blob. */
  load: method({
    role: 'user',
    request: 'text',
    response: 'bytes',
    errors: { EINVAL: 'not a blobref', ENOENT: 'nobody has the blob' },
  }),
  /** Stores a blob, and gives its blobref: from then on any rank can load it. */
  store: method({ role: 'user', request: 'bytes', response: 'text', errors: { EFBIG: 'longer than content.blob-size-limit' } }),
  /** Answered when the store behind has all that this rank has now. */
  flush: method({ role: 'owner', errors: { ENOSYS: 'there is no store behind' } }),
  /** Drops what can be loaded again from this rank's cache. */
  dropcache: method({ role: 'owner' }),
  /** Entries of this rank's cache: all, those with content, and those that the store behind does not have yet; bytes of content; stores in flight. */
  statsGet: method({
    name: 'stats.get',
    role: 'owner',
    response: t.wire({ count: t.int(), valid: t.int(), dirty: t.int(), size: t.int(), 'flush-batch-count': t.int() }),
  }),
  /**
   * There is a backing store now. The first name is the only one that may register, as long as the broker lives. With a `durability` other than none, the
   * default, each store waits for it.
   */
  registerBacking: method({
    name: 'register-backing',
    role: 'owner',
    request: t.wire({ name: t.string(), durability: t.optional(t.oneOf(contentDurabilities)) }),
    errors: { EINVAL: 'this is not rank 0, or another name was first', EBUSY: 'there is one already' },
  }),
  /** The backing store is about to go. */
  unregisterBacking: method({ name: 'unregister-backing', role: 'owner', errors: { EINVAL: 'there is none' } }),
});
