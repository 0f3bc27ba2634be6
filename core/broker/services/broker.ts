import { broker } from '../../protocol/broker';
import { pingResponse } from '../ping';
import { type MakeResident, resident } from '../resident';
import { rusagePayload } from '../rusage';
import { senderOf } from './service';

/** The broker's own small methods, and its modules (docs/protocol/broker.md §4, §7; flux-module(1)). */
export const brokerService: MakeResident = ({ uuid, panic, router, modules, subprocesses }) => ({
  ...resident(broker, {
    ping: (_, request) => pingResponse(request, uuid),
    rusage: () => rusagePayload('self'),
    panic: ({ reason }) => panic(reason),
    sub: ({ topic }, request) => senderOf(router, request).subscribe(topic),
    unsub: ({ topic }, request) => senderOf(router, request).unsubscribe(topic),
    insmod: async ({ path, args }) => void (await modules.load(path, args)),
    rmmod: ({ name }) => modules.remove(name),
    lsmod: () => ({ mods: modules.list() }),
    disconnect: (_, { message }) => subprocesses.disconnect(message),
  }),
  methods: Object.fromEntries(Object.entries(subprocesses.methods('broker')).map(([topic, handle]) => [topic, { handle }])),
});
