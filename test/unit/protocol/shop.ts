import { event, method, service } from '../../../core/protocol';
import { t } from '../../../core/schema';

/** A service such as the shipped ones, which speak as the contract does. */
export const shop = service('shop', {
  /** Sells so many. */
  sell: method({
    role: 'user',
    request: t.wire({ item: t.string(), count: t.int({ default: 1 }), price: t.optional(t.number()), order: t.optional(t.exactObject()) }),
    response: t.wire({ sold: t.int(), total: t.optional(t.number()) }),
    errors: { ENOENT: 'there is no such item' },
  }),
  /** The item of an id. */
  byId: method({ name: 'by-id', role: 'any', request: t.wire({ id: t.id() }, { unknown: 'reject' }), response: t.wire({ id: t.id() }) }),
  /** What is sold from now on. */
  watch: method({ role: 'owner', request: t.wire({ item: t.string() }), response: t.wire({ sold: t.int() }), answers: 'stream' }),
  /** Both ways. */
  state: method({ role: 'owner', response: t.wire({ open: t.boolean() }), answers: 'either' }),
  /** Its sender is gone. */
  disconnect: method({ role: 'user', answers: 'never' }),
  /** A blob, as it is. */
  store: method({ role: 'owner', request: 'bytes', response: 'text' }),
  /** A blob of a name. */
  load: method({ role: 'owner', request: 'text', response: 'bytes' }),
  /** Done by rank 0. */
  audit: method({ role: 'owner', leader: true }),
  /** Says why. */
  count: method({ role: 'owner', request: t.wire({ item: t.string() }), complaint: (reason) => `can't count: ${reason}` }),
  /** It opens, or closes. */
  opened: event({ payload: t.wire({ open: t.boolean() }) }),
  /** An item is new. */
  added: event({ name: 'added-', subject: 'ITEM', payload: t.wire({ item: t.string() }) }),
  /** There is no more of an item. */
  soldOut: event({ name: 'item-', subject: 'ITEM', suffix: '-sold-out' }),
});

/** A site's own, which tells people what is wrong. */
export const site = service('site', {
  greet: method({ role: 'user', request: t.object({ name: t.string(), times: t.int({ default: 1 }) }) }),
});
