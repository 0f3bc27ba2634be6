import { FluxError, type Handlers, type jobManager } from 'flux';
import type { Manager } from '../manager';

/** What the scheduler and the service that starts jobs say of themselves. */
export function services({ alloc, exec }: Manager): Pick<Handlers<typeof jobManager>, 'schedHello' | 'schedReady' | 'execHello'> {
  return {
    schedHello: async function* () {
      yield* alloc.hello();
    },
    schedReady: ({ mode, limit }, request) => {
      if (mode !== 'unlimited' && (mode !== 'limited' || limit === undefined || limit <= 0)) throw new FluxError('EPROTO');
      return { count: alloc.ready(request.sender, mode === 'limited' ? limit! : 0) };
    },
    execHello: ({ service }, request) => exec.hello(service, request.sender),
  };
}
