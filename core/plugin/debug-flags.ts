import { FluxError } from '../sys/errors';

/** Debug flags of a module after a `NAME.debug` request (flux-module(1)): `op` is setbit, clrbit, set or clr. EPROTO for another. */
export function applyDebug(current: number, op: string, flags: number): number {
  if (op === 'setbit') return current | flags;
  if (op === 'clrbit') return current & ~flags;
  if (op === 'set') return flags;
  if (op === 'clr') return 0;
  throw new FluxError('EPROTO');
}
