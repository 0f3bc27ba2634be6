import { unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import type { MakeResident } from '../resident';

/** Broker attributes (contract/broker.md §2, flux-broker-attributes(7)). */
export const attrService: MakeResident = ({ attributes }) => ({
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
        return attributes.set(name, value);
      },
    },
    'attr.rm': { handle: (_, request) => attributes.remove(unpack(request, { name: 's' }).name) },
    'attr.list': { roles: ['any'], handle: () => ({ names: attributes.names }) },
  },
});
