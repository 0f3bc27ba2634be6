import { broker } from '../../protocol/broker';
import { rexec } from '../../protocol/rexec';
import { pingResponse } from '../ping';
import { type MakeResident, resident } from '../resident';
import { rusagePayload } from '../rusage';
import { senderOf } from './service';

/** The broker's own small methods, and its modules, and processes (docs/protocol/broker.md §4, §7, §8; flux-module(1)). */
export const brokerService: MakeResident = ({ uuid, panic, router, modules, subprocesses }) => {
  const { name, serve } = resident(broker, {
    ping: (_, request) => pingResponse(request, uuid),
    rusage: () => rusagePayload('self'),
    panic: ({ reason }) => panic(reason),
    sub: ({ topic }, request) => senderOf(router, request).subscribe(topic),
    unsub: ({ topic }, request) => senderOf(router, request).unsubscribe(topic),
    insmod: async ({ path, args }) => void (await modules.load(path, args)),
    rmmod: ({ name }) => modules.remove(name),
    lsmod: () => ({ mods: modules.list() }),
    disconnect: (_, { message }) => subprocesses.disconnect(message),
  });
  const { serve: serveRexec } = resident(rexec, subprocesses.handlers);
  return {
    name,
    serve: (flux) => {
      serve(flux);
      serveRexec(flux);
    },
  };
};
