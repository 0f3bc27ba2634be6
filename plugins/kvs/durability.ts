import { type Flux, FluxError, isErrno } from 'flux';
import type { JournalDurability } from './journal/journal';

/** What acknowledged commits survive: nothing, the death of the broker, or that of the machine. */
export type Durability = 'none' | JournalDurability;

/**
 * The durability of the backing store: attribute content.durability, which the backing module sets to what it keeps. Without it there is none.
 * EINVAL: a value that it can't have.
 */
export async function readDurability(flux: Flux): Promise<Durability> {
  const value = (await attribute(flux, 'content.durability')) ?? 'none';
  if (value !== 'none' && value !== 'process' && value !== 'power') {
    throw new FluxError('EINVAL', `content.durability: ${value} is none of none, process, power`);
  }
  return value;
}

/** An attribute's value; undefined if it is not set. */
export async function attribute(flux: Flux, name: string): Promise<string | undefined> {
  try {
    return await flux.getattr(name);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}
