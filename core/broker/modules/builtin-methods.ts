import type { Flux, Request } from '../../handle';
import { unpack } from '../../handle';
import { applyDebug } from '../debug-flags';
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

/** Methods of every module (contract/broker.md §7); a module that serves one itself overrides it. Events `NAME.stats.clear` clear the counters too. */
export function addBuiltinMethods(target: BuiltinTarget): void {
  const { flux, name, uuid, traffic } = target;
  let debugFlags = 0;
  flux.serve(`${name}.ping`, { roles: ['any'] }, (_, request) => pingResponse(request, uuid));
  flux.serve(`${name}.rusage`, {}, () => rusagePayload('thread'));
  flux.serve(`${name}.stats.get`, { roles: ['any'] }, () => traffic.toPayload());
  flux.serve(`${name}.stats.clear`, {}, () => traffic.clear());
  flux.serve(`${name}.debug`, {}, (_, request) => {
    const { op, flags } = unpack(request, { op: 's', flags: 'i' });
    debugFlags = applyDebug(debugFlags, op, flags);
    return { flags: debugFlags };
  });
  flux.serve(`${name}.shutdown`, {}, () => target.shutdown());
  flux.serve(`${name}.config-reload`, {}, (_, request) => target.reloadConfig(request));
}
