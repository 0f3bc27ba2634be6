import type { Flux, Request } from '../../handle';
import { unpack } from '../../handle';
import { applyDebug } from '../debug-flags';
import { pingResponse } from '../ping';
import type { Port } from '../port';
import { rusagePayload } from '../rusage';

/** What the methods that every module has need of it. */
export interface BuiltinTarget {
  name: string;
  flux: Flux;
  port: Port;
  /** Ends the module. */
  shutdown(): void;
  reloadConfig(request: Request): Promise<void>;
}

/** Methods of every module (contract/broker.md §7); a module that serves one itself overrides it. Events `NAME.stats.clear` clear the counters too. */
export function addBuiltinMethods(target: BuiltinTarget): void {
  const { flux, name, port } = target;
  let debugFlags = 0;
  const clear = () => port.clearTraffic();
  flux.serve(`${name}.ping`, { roles: ['any'] }, (_, request) => pingResponse(request, port.uuid));
  flux.serve(`${name}.rusage`, {}, () => rusagePayload('thread'));
  flux.serve(`${name}.stats.get`, { roles: ['any'] }, () => statsPayload(port));
  flux.serve(`${name}.stats.clear`, {}, clear);
  flux.serve(`${name}.debug`, {}, (_, request) => {
    const { op, flags } = unpack(request, { op: 's', flags: 'i' });
    debugFlags = applyDebug(debugFlags, op, flags);
    return { flags: debugFlags };
  });
  flux.serve(`${name}.shutdown`, {}, () => target.shutdown());
  flux.serve(`${name}.config-reload`, {}, (_, request) => target.reloadConfig(request));
}

function statsPayload({ traffic: { sent, received } }: Port): Record<string, number> {
  return {
    '#request (tx)': sent[1],
    '#request (rx)': received[1],
    '#response (tx)': sent[2],
    '#response (rx)': received[2],
    '#event (tx)': sent[4],
    '#event (rx)': received[4],
    '#keepalive (tx)': sent[8],
    '#keepalive (rx)': received[8],
  };
}
