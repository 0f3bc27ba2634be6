import { NO_RESPONSE, unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import { pingResponse } from '../ping';
import type { MakeResident } from '../resident';
import { rusagePayload } from '../rusage';
import { senderOf } from './service';

/** The broker's own small methods, and its modules (contract/broker.md §4, §7; flux-module(1)). */
export const brokerService: MakeResident = ({ uuid, panic, router, modules, subprocesses }) => ({
  name: 'broker',
  methods: {
    'broker.ping': { roles: ['any'], handle: (_, request) => pingResponse(request, uuid) },
    'broker.rusage': { handle: () => rusagePayload('self') },
    'broker.panic': {
      handle: (_, request) => {
        panic(unpack(request, { reason: 's', flags: 'i' }).reason);
        return NO_RESPONSE;
      },
    },
    'broker.sub': { handle: (_, request) => senderOf(router, request).subscribe(unpack(request, { topic: 's' }).topic) },
    'broker.unsub': { handle: (_, request) => senderOf(router, request).unsubscribe(unpack(request, { topic: 's' }).topic) },
    'broker.insmod': {
      handle: async (_, request) => {
        const { path, args } = unpack(request, { path: 's', args: 'a' });
        if (!args.every((arg) => typeof arg === 'string')) throw new FluxError('EPROTO');
        await modules.load(path, args as string[]);
      },
    },
    'broker.rmmod': { handle: (_, request) => modules.remove(unpack(request, { name: 's' }).name) },
    'broker.lsmod': { handle: () => ({ mods: modules.list() }) },
    ...Object.fromEntries(Object.entries(subprocesses.methods('broker')).map(([topic, handle]) => [topic, { handle }])),
    'broker.disconnect': {
      handle: (_, request) => {
        subprocesses.disconnect(request.message);
        return NO_RESPONSE;
      },
    },
  },
});
