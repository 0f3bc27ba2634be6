import type { Request } from '../../handle';
import { attr } from '../../protocol/attr';
import { FluxError } from '../../sys/errors';
import { brokerModules } from '../broker-modules';
import type { Parts } from '../parts';
import { type MakeResident, resident } from '../resident';

/** Broker attributes (docs/protocol/broker.md §2, flux-broker-attributes(7)). */
export const attrService: MakeResident = ({ attributes, modules, router }) =>
  resident(attr, {
    get: ({ name }) => {
      const attribute = attributes.get(name);
      if (!attribute || attribute.value === null) throw new FluxError('ENOENT');
      return { value: attribute.value, flags: attribute.flags };
    },
    set: ({ name, value }, request) => attributes.set(name, value, { own: isOwnModule({ modules, router }, request) }),
    rm: ({ name }) => attributes.remove(name),
    list: () => ({ names: attributes.names }),
  });

/** Whether one of the modules that the broker loads by itself asks, and not a client through it. */
function isOwnModule({ modules, router }: Parts<'modules' | 'router'>, { message }: Request): boolean {
  const port = router.portOf(message.topRoute);
  if (message.routes?.length !== 1 || !port) return false;
  return [...modules.modules].some((module) => module.port === port && brokerModules.includes(module.name));
}
