import { type Flux, type MethodHandler, type Request, unpack } from '../../handle';
import { applyDebug } from '../../plugin/debug-flags';
import type { AccessRole } from '../../protocol';
import { pingResponse } from '../ping';
import { rusagePayload } from '../rusage';
import type { TrafficCounter } from '../traffic';

/** What the methods that every module has need of it. */
export interface BuiltinTarget {
  name: string;
  /** Its id on route stacks. */
  uuid: string;
  flux: Flux;
  traffic: TrafficCounter;
  /** Ends the module. */
  shutdown(): void;
  reloadConfig(request: Request): Promise<void>;
}

/** Methods of every module, and who may call them besides the owner (contract/broker.md §7). */
export const builtinAccess = {
  ping: 'any',
  rusage: 'owner',
  'stats.get': 'any',
  'stats.clear': 'owner',
  debug: 'owner',
  shutdown: 'owner',
  'config-reload': 'owner',
} as const satisfies Record<string, AccessRole>;

/** Serves methods of every module; a module that serves one itself overrides it. Events `NAME.stats.clear` clear the counters too. */
export function addBuiltinMethods(target: BuiltinTarget): void {
  const { flux, name, uuid, traffic } = target;
  const serve = (method: keyof typeof builtinAccess, handler: MethodHandler) =>
    flux.serve(`${name}.${method}`, { roles: [builtinAccess[method]] }, handler);
  let debugFlags = 0;
  serve('ping', (_, request) => pingResponse(request, uuid));
  serve('rusage', () => rusagePayload('thread'));
  serve('stats.get', () => traffic.toPayload());
  serve('stats.clear', () => traffic.clear());
  serve('debug', (_, request) => {
    const { op, flags } = unpack(request, { op: 's', flags: 'i' });
    debugFlags = applyDebug(debugFlags, op, flags);
    return { flags: debugFlags };
  });
  serve('shutdown', () => target.shutdown());
  serve('config-reload', (_, request) => target.reloadConfig(request));
}
