import { NO_RESPONSE, unpack } from '../../handle';
import { FluxError } from '../../sys/errors';
import { pingResponse } from '../ping';
import type { MakeResident } from '../resident';
import { rusagePayload } from '../rusage';
import { senderOf } from './service';

/** The broker's own small methods, and its modules (contract/broker.md §4, §7; flux-module(1)). */
export const brokerService: MakeResident = (broker) => ({
  name: 'broker',
  methods: {
    'broker.ping': { roles: ['any'], handle: (_, request) => pingResponse(request, broker.uuid) },
    'broker.rusage': { handle: () => rusagePayload('self') },
    'broker.panic': {
      handle: (_, request) => {
        broker.panic(unpack(request, { reason: 's', flags: 'i' }).reason);
        return NO_RESPONSE;
      },
    },
    'broker.sub': { handle: (_, request) => senderOf(broker, request).subscribe(unpack(request, { topic: 's' }).topic) },
    'broker.unsub': { handle: (_, request) => senderOf(broker, request).unsubscribe(unpack(request, { topic: 's' }).topic) },
    'broker.insmod': {
      handle: async (_, request) => {
        const { path, args } = unpack(request, { path: 's', args: 'a' });
        if (!args.every((arg) => typeof arg === 'string')) throw new FluxError('EPROTO');
        await broker.modules.load(path, args as string[]);
      },
    },
    'broker.rmmod': { handle: (_, request) => broker.modules.remove(unpack(request, { name: 's' }).name) },
    'broker.lsmod': { handle: () => ({ mods: broker.modules.list() }) },
    ...Object.fromEntries(Object.entries(broker.subprocesses.methods('broker')).map(([topic, handle]) => [topic, { handle }])),
    'broker.disconnect': {
      handle: (_, request) => {
        broker.subprocesses.disconnect(request.message);
        return NO_RESPONSE;
      },
    },
  },
});
