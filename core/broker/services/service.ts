import type { Request } from '../../handle';
import { services as table } from '../../protocol/services';
import { FluxError } from '../../sys/errors';
import type { Port } from '../port';
import { type MakeResident, resident } from '../resident';
import type { Router } from '../router';

/** Registration of services by modules, and by clients through their connector (docs/protocol/broker.md §4). */
export const serviceService: MakeResident = ({ services, router }) =>
  resident(table, {
    add: ({ service }, request) => services.add(permitted(service, request), senderOf(router, request)),
    remove: ({ service }, request) => services.remove(permitted(service, request), senderOf(router, request)),
  });

/** A name that the sender may register: a guest's must begin with its userid and a dash. */
function permitted(service: string, { isOwner, userid }: Request): string {
  if (service === '' || service.includes('.')) throw new FluxError('EINVAL');
  if (!isOwner && !service.startsWith(`${userid}-`)) throw new FluxError('EPERM');
  return service;
}

/** The port a request came through: a module, or the connector of a client. */
export function senderOf(router: Router, request: Request): Port {
  const port = router.portOf(request.message.topRoute);
  if (!port) throw new FluxError('ENOENT');
  return port;
}
