import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const named = t.wire({ name: t.string() });

/** Attributes of one broker (docs/protocol/broker.md §2, flux-broker-attributes(7)). */
export const attr = service('attr', {
  /** `flags`: 1 immutable, so clients keep the value; 2 read-only; 4 computed. */
  get: method({
    role: 'any',
    request: named,
    response: t.wire({ value: t.string(), flags: t.int() }),
    errors: { ENOENT: 'there is no such attribute, or it has no value' },
  }),
  /** Sets an attribute, or makes one. */
  set: method({
    role: 'owner',
    request: t.wire({ name: t.string(), value: t.string() }),
    errors: { EPERM: 'it is immutable or read-only', EINVAL: 'the attribute refuses the value', ERANGE: 'the attribute refuses the value' },
  }),
  /** Removes an attribute; one that does not exist is fine. */
  rm: method({ role: 'owner', request: named, errors: { EPERM: 'it is immutable, read-only or computed' } }),
  /** The names of all attributes, also of those without a value. */
  list: method({ role: 'any', response: t.wire({ names: t.array(t.string()) }) }),
});
