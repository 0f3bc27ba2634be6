import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** Commands that the broker runs when it cleans up (docs/protocol/broker.md §9, flux-admin(1)). */
export const runat = service('runat', {
  /** Puts each, in their order, at the front of the list `name`: the last one runs first. */
  push: method({
    role: 'owner',
    request: t.wire({ name: t.string(), commands: t.array(t.string()) }),
    errors: { EPROTO: 'commands array is empty; cannot push an empty command line' },
  }),
});
