import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const named = t.wire({ service: t.string() });
const EPERM = 'the name of a guest begins with its userid and a dash';

/** Registration of services by modules, and by clients through their connector (docs/protocol/broker.md §4, flux_service_register(3)). */
export const services = service('service', {
  /** Requests for this service come to the sender from now on. A guest's name begins with its userid and a dash. */
  add: method({
    role: 'user',
    request: named,
    errors: { EINVAL: 'no name of a service: it is empty or has a dot', EEXIST: 'it is taken', EPERM, ENOENT: 'the sender is no module' },
  }),
  /** Takes the name back. */
  remove: method({ role: 'user', request: named, errors: { ENOENT: 'there is no such service', EINVAL: "it is another's", EPERM } }),
});
