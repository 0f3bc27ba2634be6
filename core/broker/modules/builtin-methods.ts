import type { JsonObject } from '../../formats/json';
import type { Flux, Handlers } from '../../handle';
import { applyDebug } from '../../plugin/debug-flags';
import { type AccessRole, methodsOf } from '../../protocol';
import { builtin } from '../../protocol/module';
import { pingResponse } from '../ping';
import { rusagePayload } from '../rusage';
import type { TrafficCounter } from '../traffic';

/** The parts of a module that the methods which every module has need. */
export interface BuiltinTarget {
  name: string;
  /** Its id on route stacks. */
  uuid: string;
  flux: Flux;
  traffic: TrafficCounter;
  /** Ends the module. */
  shutdown(): void;
  reloadConfig(config: JsonObject): Promise<void>;
}

/** Callers, besides the owner, of the methods that every module has, by the method's name (docs/protocol/broker.md §7). */
export const builtinAccess: Readonly<Record<string, AccessRole>> = Object.fromEntries(
  methodsOf(builtin).map(([key, { spec }]) => [spec.name ?? key, spec.role]),
);

/** Serves methods of every module; a module that serves one itself overrides it. Events `NAME.stats.clear` clear the counters too. */
export function addBuiltinMethods(target: BuiltinTarget): void {
  const { flux, name, uuid, traffic } = target;
  let debugFlags = 0;
  const handlers: Handlers<typeof builtin> = {
    ping: (_, request) => pingResponse(request, uuid),
    rusage: () => rusagePayload('thread'),
    statsGet: () => traffic.toPayload(),
    statsClear: () => traffic.clear(),
    debug: ({ op, flags }) => {
      debugFlags = applyDebug(debugFlags, op, flags);
      return { flags: debugFlags };
    },
    shutdown: () => target.shutdown(),
    configReload: (config) => target.reloadConfig(config),
  };
  flux.serveTable(builtin, handlers, { as: name });
}
