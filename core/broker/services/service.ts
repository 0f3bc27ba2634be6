import { type Request, unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { Port } from '../port';
import type { MakeResident } from '../resident';
import type { Router } from '../router';

/** Registration of services by modules, and by clients through their connector (contract/broker.md §4). */
export const serviceService: MakeResident = ({ services, router }) => ({
  name: 'service',
  methods: {
    'service.add': {
      roles: ['user'],
      handle: (_, request) => {
        const name = permittedName(request);
        services.add(name, senderOf(router, request));
      },
    },
    'service.remove': {
      roles: ['user'],
      handle: (_, request) => {
        const name = permittedName(request);
        services.remove(name, senderOf(router, request));
      },
    },
  },
});

/** A guest's service must begin with its userid and a dash. */
function permittedName(request: Request): string {
  const { service } = unpack(request, { service: 's' });
  if (service === '' || service.includes('.')) throw new FluxError('EINVAL');
  if (!request.isOwner && !service.startsWith(`${request.userid}-`)) throw new FluxError('EPERM');
  return service;
}

/** The port a request came through: a module, or the connector of a client. */
export function senderOf(router: Router, request: Request): Port {
  const port = router.portOf(request.message.topRoute);
  if (!port) throw new FluxError('ENOENT');
  return port;
}
