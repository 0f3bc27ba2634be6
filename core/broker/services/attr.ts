import { type Request, unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import { brokerModules } from '../broker-modules';
import type { Parts } from '../parts';
import type { MakeResident } from '../resident';

/** Broker attributes (contract/broker.md §2, flux-broker-attributes(7)). */
export const attrService: MakeResident = ({ attributes, modules, router }) => {
  return {
    name: 'attr',
    methods: {
      'attr.get': {
        roles: ['any'],
        handle: (_, request) => {
          const attribute = attributes.get(unpack(request, { name: 's' }).name);
          if (!attribute || attribute.value === null) throw new FluxError('ENOENT');
          return { value: attribute.value, flags: attribute.flags };
        },
      },
      'attr.set': {
        handle: (_, request) => {
          const { name, value } = unpack(request, { name: 's', value: 's' });
          return attributes.set(name, value, { own: isOwnModule({ modules, router }, request) });
        },
      },
      'attr.rm': { handle: (_, request) => attributes.remove(unpack(request, { name: 's' }).name) },
      'attr.list': { roles: ['any'], handle: () => ({ names: attributes.names }) },
    },
  };
};

/** Whether one of the modules that the broker loads by itself asks, and not a client through it. */
function isOwnModule({ modules, router }: Parts<'modules' | 'router'>, { message }: Request): boolean {
  const port = router.portOf(message.topRoute);
  if (message.routes?.length !== 1 || !port) return false;
  return [...modules.modules].some((module) => module.port === port && brokerModules.includes(module.name));
}
