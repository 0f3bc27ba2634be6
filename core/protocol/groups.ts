import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const named = t.wire({ name: t.string() });

/** Named sets of broker ranks (docs/protocol/broker.md §5). */
export const groups = service('groups', {
  /** This rank becomes a member, until the sender leaves or is gone. */
  join: method({ role: 'owner', request: named, errors: { EEXIST: 'rank R is already a member of NAME' } }),
  /** The sender's rank is no member any more. */
  leave: method({ role: 'owner', request: named, errors: { ENOENT: 'rank R is not a member of NAME' } }),
  /** Members as an idset, on rank 0; as a stream again after each change, without an end. */
  get: method({
    role: 'owner',
    answers: 'either',
    request: named,
    response: t.wire({ members: t.string() }),
    errors: { EPROTO: 'this RPC is only available on rank 0' },
  }),
  /** Changes in a child's subtree: for each group ranks that join (`set`) or leave. */
  update: method({
    role: 'owner',
    request: t.wire({ update: t.record(t.array(t.wire({ ranks: t.string(), set: t.boolean() }))) }),
  }),
  /** A client is gone: this rank leaves the groups that it joined for it. */
  disconnect: method({ role: 'owner', answers: 'never' }),
});
